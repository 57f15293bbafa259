using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments.Statistics;

namespace PvTimer.Experiments.Optimisation;

/// <summary>What a search has found, as JSON.</summary>
public static class OptimisationDocument
{
    private const int Schema = 1;

    public static JsonObject Of(OptimisationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new JsonObject
        {
            ["schema"] = Schema,
            ["kind"] = "optimisation",
            ["scenario"] = result.Plan.Scenario.Name,
            ["seed"] = result.Plan.Scenario.Seed,
            ["repetitions"] = result.Plan.Request.Repetitions,
            ["objectives"] = Texts(result.Objectives.Select(each => each.Text)),
            ["subject_to"] = Texts(result.Constraints.Select(each => each.Text)),
            ["interrupted"] = result.IsInterrupted,
            ["runs"] = result.Runs,
            ["full_runs"] = result.FullRuns,
            ["remarks"] = Texts(result.Remarks),
            ["level"] = ConfidenceInterval.UsualLevel,
            ["front"] = new JsonArray([.. result.Front.Select(each => (JsonNode)Of(result, each))]),
        };
    }

    private static JsonObject Of(OptimisationResult result, RatedCandidate rated)
    {
        JsonObject values = [];
        foreach ((string key, string value) in rated.Candidate.Point.Values)
        {
            values[key] = value;
        }
        JsonObject objectives = [];
        for (int at = 0; at < result.Objectives.Length; at++)
        {
            ConfidenceInterval interval = rated.Objectives[at];
            objectives[result.Objectives[at].Text] = new JsonObject
            {
                ["n"] = interval.Count,
                ["mean"] = Math.Round(interval.Mean, 6),
                ["low"] = interval.Low is { } low ? Math.Round(low, 6) : null,
                ["high"] = interval.High is { } high ? Math.Round(high, 6) : null,
            };
        }
        return new JsonObject
        {
            ["point"] = rated.Candidate.Point.Index + 1,
            ["values"] = values,
            ["backend"] = rated.Candidate.Backend,
            ["objectives"] = objectives,
        };
    }

    private static JsonArray Texts(IEnumerable<string> texts) =>
        [.. texts.Select(text => (JsonNode)text)];
}
