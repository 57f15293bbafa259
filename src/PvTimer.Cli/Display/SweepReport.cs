using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Experiments;
using PvTimer.Experiments.Statistics;
using PvTimer.Experiments.Sweeps;

namespace PvTimer.Cli.Display;

/// <summary>What pvtimer sweep prints: what is swept before, a line for each point and back-end after.</summary>
internal static class SweepReport
{
    /// <summary>Longer tables are for programs.</summary>
    private const int MostRows = 200;

    private static readonly MetricName Exits = new("verdict.exits", IsSpan: false);
    private static readonly MetricName Cpu = new("verdict.cpu_without_polling", IsSpan: true);
    private static readonly MetricName CpuPolling = new("verdict.cpu_with_polling", IsSpan: true);
    private static readonly MetricName Median = new("verdict.lateness_p50", IsSpan: true);
    private static readonly MetricName Tail = new("verdict.lateness_p99", IsSpan: true);
    private static readonly MetricName Duration = new("duration_ns", IsSpan: true);

    /// <summary>Enough to know later what was swept.</summary>
    public static string Header(SweepPlan plan, string where)
    {
        StringBuilder text = new();
        string seeds = string.Join(' ', plan.Seeds);
        text.Append(
            CultureInfo.InvariantCulture,
            $"""
            pvtimer {BuildIdentity.Current}, seed {plan.Scenario.Seed}
            {plan.Scenario.Name}: {plan.Points.Length} points, {plan.Request.Repetitions} repetitions, on {string.Join(
                ", ",
                plan.Backends
            )}: {plan.Runs.Length} runs; {where}
            seeds of the repetitions, the same for all points and back-ends: {seeds}

            """
        );
        foreach (SweepAxis axis in plan.Request.Axes)
        {
            text.Append(CultureInfo.InvariantCulture, $"over {axis.Text}\n");
        }
        return text.ToString();
    }

    public static string Of(SweepResult result)
    {
        SweepPlan plan = result.Plan;
        string[] keys = [.. plan.Request.Axes.SelectMany(axis => axis.Keys)];
        ImmutableArray<PointVerdict> verdicts = PointVerdict.Of(result);
        string[] heading =
        [
            .. keys,
            "back-end",
            "exits/s",
            "CPU",
            "CPU polling",
            "p50",
            "p99",
            "± at 95 %",
            "n",
            .. verdicts.IsEmpty ? [] : (string[])["thresholds"],
        ];
        string[][] rows =
        [
            heading,
            .. plan
                .Points.SelectMany(point =>
                    plan.Backends.Select(backend => Row(result, verdicts, point, backend))
                )
                .Take(MostRows),
        ];
        TextColumns columns = new(rows, [.. Enumerable.Range(keys.Length + 1, 7)]);
        StringBuilder text = new("\n");
        foreach (string[] row in rows)
        {
            text.Append(columns.Line(row));
        }
        int rest = (plan.Points.Length * plan.Backends.Length) - MostRows;
        if (rest > 0)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{rest} more lines are in summary.json and results.csv\n"
            );
        }
        text.Append(
            "CPU: seconds a second of all pCPUs, without and with polling. p50, p99: lateness. Means over n repetitions; ±: half of the interval of p99, by Student's t.\n"
        );
        if (!verdicts.IsEmpty)
        {
            int broken = BrokenPoints(verdicts);
            text.Append(
                CultureInfo.InvariantCulture,
                $"Thresholds, which each run has to keep: {plan.Points.Length - broken} of {plan.Points.Length} points keep them.\n"
            );
        }
        return text.ToString();
    }

    /// <summary>Thresholds that do not hold at a point, a line each, the first of them.</summary>
    public static IEnumerable<string> Broken(ImmutableArray<PointVerdict> verdicts)
    {
        const int Most = 10;
        PointVerdict[] broken = [.. verdicts.Where(each => !each.Holds)];
        foreach (PointVerdict verdict in broken.Take(Most))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"point {verdict.Point.Index + 1} ({verdict.Point}): {verdict}"
            );
        }
        if (broken.Length > Most)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{broken.Length - Most} more thresholds are broken, see summary.json"
            );
        }
    }

    /// <summary>Runs without a result, a line each, the first of them.</summary>
    public static IEnumerable<string> Failures(SweepResult result)
    {
        const int Most = 10;
        foreach (FailedRun failed in result.Failed.Take(Most))
        {
            SweepPoint point = result.Plan.Points[failed.Run.Point];
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"failed: point {point.Index + 1} ({point}), repetition {failed.Run.Repetition}, {failed.Run.Backend}: {failed.Why}"
            );
        }
        if (result.Failed.Length > Most)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"failed: {result.Failed.Length - Most} more runs"
            );
        }
    }

    private static int BrokenPoints(ImmutableArray<PointVerdict> verdicts) =>
        verdicts.Where(each => !each.Holds).Select(each => each.Point).Distinct().Count();

    private static string Verdict(
        ImmutableArray<PointVerdict> verdicts,
        SweepPoint point,
        string backend
    )
    {
        PointVerdict[] own =
        [
            .. verdicts.Where(each =>
                each.Point == point && each.Threshold.Backend.Name == backend
            ),
        ];
        int broken = own.Count(each => !each.Holds);
        return own is [] ? Quantities.None
            : broken == 0 ? "kept"
            : string.Create(CultureInfo.InvariantCulture, $"{broken} broken");
    }

    private static string[] Row(
        SweepResult result,
        ImmutableArray<PointVerdict> verdicts,
        SweepPoint point,
        string backend
    )
    {
        double? seconds = Mean(Duration) / 1e9;
        ConfidenceInterval? tail = Interval(Tail);
        return
        [
            .. point.Values.Select(pair => pair.Value),
            backend,
            Mean(Exits) / seconds is { } exits ? Quantities.Count(exits) : Quantities.None,
            Quantities.Ratio(Mean(Cpu) / 1e9 / seconds),
            Quantities.Ratio(Mean(CpuPolling) / 1e9 / seconds),
            Spelled(Mean(Median)),
            Spelled(tail?.Mean),
            Spelled(tail?.HalfWidth),
            (tail?.Count ?? 0).ToString(CultureInfo.InvariantCulture),
            .. verdicts.IsEmpty ? [] : (string[])[Verdict(verdicts, point, backend)],
        ];

        double? Mean(MetricName metric) => Interval(metric)?.Mean;

        ConfidenceInterval? Interval(MetricName metric) =>
            SweepDocument.IntervalOf(result, point, backend, metric);
    }

    private static string Spelled(double? nanoseconds) =>
        nanoseconds is { } value ? Quantities.Span(value) : Quantities.None;
}
