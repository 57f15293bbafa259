using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Formats.Writers;
using PvTimer.Model.Reports;

namespace PvTimer.Experiments.Survey;

/// <summary>Surveys as JSON: what `pvtimer backends --json` prints.</summary>
public static class SurveyDocument
{
    private const int Schema = 1;

    public static JsonObject Of(IEnumerable<BackendSurvey> surveys) =>
        new()
        {
            ["schema"] = Schema,
            ["scenarios"] = new JsonArray([.. surveys.Select(each => (JsonNode)Of(each))]),
        };

    private static JsonObject Of(BackendSurvey survey) =>
        new()
        {
            ["scenario"] = survey.Scenario.Name,
            ["seed"] = survey.Scenario.Seed,
            ["duration_ns"] = survey.Scenario.Duration.Nanoseconds,
            ["costs"] = survey.Scenario.Host.Costs.Name,
            ["writes_per_timer"] = survey.WritesPerTimer,
            ["backends"] = new JsonArray([.. survey.Backends.Select(each => (JsonNode)Of(each))]),
        };

    private static JsonObject Of(SurveyedBackend row)
    {
        if (row.Result is not { } result)
        {
            return new JsonObject { ["backend"] = row.Backend.Name, ["refused"] = row.Refusal };
        }
        MachineReport report = result.Report;
        JsonObject reasons = [];
        foreach (NamedExits exits in NamedExits.Of(report.Exits))
        {
            reasons[exits.Name] = Figures.Ratio(exits.Exits.Count, report.Timers.Fired);
        }
        return new JsonObject
        {
            ["backend"] = row.Backend.Name,
            ["fired"] = report.Timers.Fired,
            ["exits_per_timer"] = new JsonObject
            {
                ["programming"] = row.ProgrammingExits,
                ["expiry"] = row.ExpiryExits,
                ["own"] = row.OwnExits,
                ["own_closed_form"] = new JsonArray(
                    Rounded(row.LeastExits),
                    Rounded(row.MostExits)
                ),
                ["all"] = row.AllExits,
                ["by_reason"] = reasons,
            },
            ["lateness_ns"] = new JsonObject
            {
                ["p50"] = row.Median?.Nanoseconds,
                ["p99"] = row.Tail?.Nanoseconds,
            },
            ["cpu_seconds_per_second"] = row.CpuShare,
            ["timer_cpu_seconds_per_second"] = row.TimerCpuShare,
            ["trace_hash"] = result.Outcome.TraceHash,
            ["caveat"] = row.Backend.Caveat,
        };
    }

    private static double? Rounded(double? form) => form is { } value ? Math.Round(value, 6) : null;
}
