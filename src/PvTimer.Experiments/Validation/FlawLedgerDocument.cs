using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Validation;

/// <summary>The ledger of flaws as JSON: what `pvtimer ledger --json` prints.</summary>
public static class FlawLedgerDocument
{
    private const int Schema = 1;

    public static JsonObject Of(IEnumerable<FlawEntry> entries) =>
        new()
        {
            ["schema"] = Schema,
            ["flaws"] = new JsonArray([.. entries.Select(entry => (JsonNode)Of(entry))]),
            ["prediction"] = ValidationResult.Prediction,
        };

    private static JsonObject Of(FlawEntry entry) =>
        new()
        {
            ["number"] = entry.Flaw.Number,
            ["flaw"] = entry.Flaw.Key,
            ["scenario"] = ShippedScenarios.PathOf(entry.Flaw.Scenario),
            ["correction"] = entry.Flaw.Correction,
            ["seen"] = entry.Flaw.Seen,
            ["posted"] = Of(entry.Posted),
            ["fixed"] = Of(entry.Fixed),
            ["per_million_timers"] = Present(
                ("early", entry.Early),
                ("lost", entry.Lost),
                ("late", entry.Late),
                ("unexpected", entry.Unexpected),
                ("extra_exits", entry.ExtraExits)
            ),
        };

    private static JsonObject Of(FlawRun run) =>
        new()
        {
            ["figure"] = run.Figure,
            ["armed"] = run.Timers.Armed,
            ["fired"] = run.Timers.Fired,
            ["early"] = run.Timers.Early,
            ["lost"] = run.Timers.Lost,
            ["given_up"] = run.GivenUp,
            ["timer_exits"] = run.TimerExits,
        };

    /// <summary>A value that does not exist is absent.</summary>
    private static JsonObject Present(params IEnumerable<(string Key, long? Value)> values)
    {
        JsonObject document = [];
        foreach ((string key, long? value) in values)
        {
            if (value is { } number)
            {
                document[key] = number;
            }
        }
        return document;
    }
}
