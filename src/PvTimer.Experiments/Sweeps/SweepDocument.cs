using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments.Statistics;

namespace PvTimer.Experiments.Sweeps;

/// <summary>summary.json of a sweep: for each point and back-end its main numbers over the repetitions.</summary>
public static class SweepDocument
{
    private const int Schema = 1;

    public static JsonObject Of(SweepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        SweepPlan plan = result.Plan;
        JsonObject axes = [];
        foreach (SweepAxis axis in plan.Request.Axes)
        {
            for (int key = 0; key < axis.Keys.Length; key++)
            {
                int at = key;
                axes[axis.Keys[key]] = Texts(axis.Values.Select(values => values[at]));
            }
        }
        JsonObject document = new()
        {
            ["schema"] = Schema,
            ["kind"] = "sweep",
            ["scenario"] = plan.Scenario.Name,
            ["seed"] = plan.Scenario.Seed,
            ["repetitions"] = plan.Request.Repetitions,
            ["seeds"] = new JsonArray([.. plan.Seeds.Select(seed => (JsonNode)seed)]),
            ["backends"] = Texts(plan.Backends),
            ["axes"] = axes,
            ["interrupted"] = result.IsInterrupted,
            ["failed"] = new JsonArray([
                .. result.Failed.Select(failed => (JsonNode)Of(plan, failed)),
            ]),
            ["interval"] = new JsonObject
            {
                ["method"] = "t",
                ["level"] = ConfidenceInterval.UsualLevel,
            },
            ["points"] = new JsonArray([
                .. plan.Points.Select(point => (JsonNode)Of(result, point)),
            ]),
        };
        ImmutableArray<PointVerdict> verdicts = PointVerdict.Of(result);
        if (!verdicts.IsEmpty)
        {
            document["thresholds"] = new JsonObject
            {
                ["points"] = plan.Points.Length,
                ["points_broken"] = verdicts
                    .Where(each => !each.Holds)
                    .Select(each => each.Point.Index)
                    .Distinct()
                    .Count(),
            };
        }
        return document;
    }

    /// <summary>The interval of a metric at a point; null: no repetition has that number.</summary>
    public static ConfidenceInterval? IntervalOf(
        SweepResult result,
        SweepPoint point,
        string backend,
        MetricName metric
    )
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(metric);
        double[] samples = [.. result.Of(point, backend).Select(metric.Of).OfType<double>()];
        return samples is [] ? null : ConfidenceInterval.Of(samples);
    }

    private static JsonObject Of(SweepResult result, SweepPoint point)
    {
        JsonObject values = [];
        foreach ((string key, string value) in point.Values)
        {
            values[key] = value;
        }
        JsonObject backends = [];
        foreach (string backend in result.Plan.Backends)
        {
            JsonObject metrics = [];
            foreach (MetricName metric in MetricName.Main)
            {
                if (IntervalOf(result, point, backend, metric) is { } interval)
                {
                    metrics[metric.Name] = Of(interval);
                }
            }
            backends[backend] = metrics;
        }
        JsonObject document = new()
        {
            ["point"] = point.Index + 1,
            ["values"] = values,
            ["backends"] = backends,
        };
        PointVerdict[] verdicts = [.. PointVerdict.Of(result, point)];
        if (verdicts is not [])
        {
            document["verdict"] = verdicts.All(each => each.Holds) ? "kept" : "broken";
            document["thresholds"] = new JsonArray([
                .. verdicts.Select(each => (JsonNode)Of(each)),
            ]);
        }
        return document;
    }

    private static JsonObject Of(PointVerdict verdict) =>
        new()
        {
            ["path"] = verdict.Threshold.Path,
            ["condition"] = verdict.Threshold.Condition,
            ["runs"] = verdict.Runs,
            ["broken"] = verdict.Broken,
        };

    private static JsonObject Of(SweepPlan plan, FailedRun failed) =>
        new()
        {
            ["point"] = failed.Run.Point + 1,
            ["values"] = plan.Points[failed.Run.Point].ToString(),
            ["repetition"] = failed.Run.Repetition,
            ["backend"] = failed.Run.Backend,
            ["why"] = failed.Why,
        };

    private static JsonObject Of(ConfidenceInterval interval)
    {
        JsonObject document = new()
        {
            ["n"] = interval.Count,
            ["mean"] = Rounded(interval.Mean),
            ["median"] = Rounded(interval.Median),
        };
        if (interval is { Low: { } low, High: { } high })
        {
            document["low"] = Rounded(low);
            document["high"] = Rounded(high);
        }
        return document;
    }

    private static JsonArray Texts(IEnumerable<string> texts) =>
        [.. texts.Select(text => (JsonNode)text)];

    /// <summary>As many decimals as ratios in summaries have.</summary>
    private static double Rounded(double value) => Math.Round(value, 6);
}
