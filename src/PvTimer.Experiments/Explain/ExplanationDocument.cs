using System;
using System.Collections.Immutable;
using System.Linq;
using System.Text.Json.Nodes;

namespace PvTimer.Experiments.Explain;

/// <summary>What pvtimer explain --json prints. Times and spans are nanoseconds of virtual time.</summary>
public static class ExplanationDocument
{
    /// <summary>Grows with each change of meaning.</summary>
    public const int Schema = 1;

    public static JsonObject Of(RunExplanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        JsonObject backends = [];
        foreach (BackendExplanation backend in explanation.Backends)
        {
            backends[backend.Backend.Name] = new JsonObject
            {
                ["trace_hash"] = backend.TraceHash,
                ["breakdown"] = Of(backend.Breakdown),
                ["heat_map"] = Of(backend.HeatMap),
                ["timers"] = Array(backend.Timers, Of),
            };
        }
        return new JsonObject
        {
            ["schema"] = Schema,
            ["run"] = explanation.Run.Directory,
            ["scenario"] = explanation.Run.ScenarioName,
            ["backends"] = backends,
        };
    }

    private static JsonObject Of(LatenessBreakdown breakdown) =>
        new()
        {
            ["timers"] = breakdown.Timers,
            ["mean"] = breakdown.Mean is { } mean ? Of(mean) : null,
            ["quantiles"] = Array(breakdown.Quantiles, Of),
        };

    private static JsonObject Of(QuantileBreakdown quantile)
    {
        JsonObject causes = [];
        foreach (CauseSum cause in quantile.Causes)
        {
            causes[CauseNames.KeyOf(cause.Cause)] = cause.Sum.Nanoseconds;
        }
        return new JsonObject
        {
            ["name"] = quantile.Name,
            ["lateness_ns"] = quantile.Lateness.Nanoseconds,
            ["timers"] = quantile.Timers,
            ["sum_ns"] = causes,
        };
    }

    private static JsonObject Of(LatenessHeatMap map) =>
        new()
        {
            ["column_ns"] = map.Span.Nanoseconds,
            ["rows"] = Array(
                map.Rows,
                row => new JsonObject
                {
                    ["vcpus"] = row.Vcpus,
                    ["worst_ns"] = new JsonArray([
                        .. row.Worst.Select(worst => (JsonNode?)worst?.Nanoseconds),
                    ]),
                }
            ),
        };

    private static JsonObject Of(ExplainedTimer timer) =>
        new()
        {
            ["id"] = timer.Id,
            ["vcpu"] = timer.Vcpu,
            ["number"] = timer.Number,
            ["deadline_tsc"] = timer.Deadline.Value,
            ["deadline_ns"] = timer.Due.Nanoseconds,
            ["programmed_ns"] = timer.ProgrammedAt.Nanoseconds,
            ["programmed_by"] = CauseNames.Key($"{timer.Programming}"),
            ["entered_ns"] = timer.Entered.Nanoseconds,
            ["lateness_ns"] = timer.Lateness.Nanoseconds,
            ["steps"] = Array(
                timer.Steps,
                step => new JsonObject
                {
                    ["at_ns"] = step.At.Nanoseconds,
                    ["what"] = step.What,
                    ["where"] = step.Where,
                }
            ),
            ["parts"] = Array(
                timer.Parts,
                part => new JsonObject
                {
                    ["cause"] = CauseNames.KeyOf(part.Cause),
                    ["from_ns"] = part.From.Nanoseconds,
                    ["length_ns"] = part.Length.Nanoseconds,
                    ["where"] = part.Where,
                }
            ),
        };

    private static JsonArray Array<T>(ImmutableArray<T> values, Func<T, JsonObject> of) =>
        new([.. values.Select(value => (JsonNode)of(value))]);
}
