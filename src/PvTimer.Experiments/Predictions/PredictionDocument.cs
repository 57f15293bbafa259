using System;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments.Optimisation;
using PvTimer.Experiments.Statistics;
using PvTimer.Experiments.Survey;

namespace PvTimer.Experiments.Predictions;

/// <summary>A prediction as JSON: what <c>pvtimer predict --json</c> prints.</summary>
public static class PredictionDocument
{
    private const int Schema = 1;

    public static JsonObject Of(Prediction prediction)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        return new JsonObject
        {
            ["schema"] = Schema,
            ["kind"] = "prediction",
            ["answer"] = Lines(PredictionWords.Of(prediction)),
            ["assumes"] = Lines(PredictionWords.Assumptions(prediction)),
            ["winners"] = Winners(PredictionWords.Compared(prediction)),
            ["backends"] = SurveyDocument.Of([prediction.Survey])["scenarios"]!.DeepClone(),
            ["tails"] = new JsonArray([.. prediction.Tails.Select(tail => (JsonNode)Of(tail))]),
            ["tuning"] = OptimisationDocument.Of(prediction.Tuning),
            ["break_even"] = new JsonArray([
                .. prediction.BreakEvens.Select(line => (JsonNode)Of(line)),
            ]),
        };
    }

    private static JsonArray Lines(System.Collections.Generic.IEnumerable<string> lines) =>
        [.. lines.Select(line => (JsonNode)line.Trim())];

    private static JsonObject Winners(Verdict verdict)
    {
        JsonObject winners = [];
        foreach (Criterion criterion in verdict.Criteria)
        {
            winners[criterion.Name] = new JsonArray([
                .. criterion.Best.Select(each => (JsonNode)each.Backend),
            ]);
        }
        return winners;
    }

    private static JsonObject Of(PredictedTail tail)
    {
        JsonObject profiles = [];
        foreach (ProfileTail each in tail.ByProfile)
        {
            profiles[each.Profile] = each.Tail;
        }
        return new JsonObject
        {
            ["backend"] = tail.Backend,
            ["p50_ns"] = Of(tail.Median),
            ["p99_ns"] = Of(tail.Tail),
            ["p99_9_ns"] = Of(tail.Extreme),
            ["p99_ns_by_profile"] = profiles,
        };
    }

    private static JsonObject? Of(ConfidenceInterval? interval) =>
        interval is null
            ? null
            : new JsonObject
            {
                ["n"] = interval.Count,
                ["mean"] = Math.Round(interval.Mean, 3),
                ["low"] = interval.Low is { } low ? Math.Round(low, 3) : null,
                ["high"] = interval.High is { } high ? Math.Round(high, 3) : null,
            };

    private static JsonObject Of(BreakEven line) =>
        new()
        {
            ["against"] = line.Against,
            ["whole_cpu"] = Of(line.Whole),
            ["busy_time"] = Of(line.Busy),
            ["points"] = new JsonArray([
                .. line.Points.Select(point =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["vcpus"] = point.Vcpus,
                            ["saved"] = Math.Round(point.Saved, 6),
                            ["timer_cpu"] = Math.Round(point.TimerCpu, 6),
                        }
                ),
            ]),
        };

    private static JsonObject Of(BreakEvenAnswer answer) =>
        new() { ["vcpus"] = answer.Vcpus, ["emulated"] = answer.IsEmulated };
}
