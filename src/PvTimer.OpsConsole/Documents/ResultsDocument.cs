using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PvTimer.OpsConsole.Documents;

/// <summary>What a run has come to, read from its run directory: what its process has written when all back-ends had ended.</summary>
/// <param name="Directory">The run directory; null: this console does not know it.</param>
/// <param name="Finished">There are results of it. False: it is not over, or was given up.</param>
/// <param name="Scenario">The scenario's name; null without results.</param>
/// <param name="Seed">Its seed; null without results.</param>
/// <param name="DurationNs">Virtual time of the run; null without results.</param>
/// <param name="Verdict">Which back-end does best by which criterion, a line each; none with one back-end.</param>
/// <param name="Thresholds">The scenario's, with what became of them.</param>
/// <param name="Backends">Each of them, in the order in which they were run.</param>
/// <param name="Files">The results' files in the directory that people open.</param>
public sealed record ResultsDocument(
    string? Directory,
    bool Finished,
    string? Scenario,
    ulong? Seed,
    long? DurationNs,
    ImmutableArray<string> Verdict,
    ImmutableArray<ThresholdDocument> Thresholds,
    ImmutableArray<BackendDocument> Backends,
    ImmutableArray<string> Files
)
{
    /// <summary>What a run keeps in its directory as long as it is not finished.</summary>
    private const string Unfinished = "run.json";

    private const string Summary = "summary.json";

    /// <summary>A summary that is larger is none: one of 64 back-ends has 200 kB.</summary>
    private const long MostBytes = 4_000_000;

    private static readonly string[] s_files = ["report.html", "summary.txt", Summary];

    /// <summary>The results in a run directory, as far as there are any.</summary>
    /// <param name="directory">Null: not known.</param>
    public static ResultsDocument Read(string? directory)
    {
        ResultsDocument none = new(directory, false, null, null, null, [], [], [], []);
        if (directory is null || File.Exists(Path.Combine(directory, Unfinished)))
        {
            return none;
        }
        try
        {
            FileInfo file = new(Path.Combine(directory, Summary));
            return
                file is { Exists: true, Length: <= MostBytes }
                && JsonNode.Parse(File.ReadAllBytes(file.FullName)) is JsonObject summary
                ? Of(directory, summary)
                : none;
        }
        catch (Exception e)
            when (e
                    is IOException
                        or UnauthorizedAccessException
                        or JsonException
                        or InvalidOperationException
                        or FormatException
            )
        {
            // It is being replaced, or is not what its name says.
            return none;
        }
    }

    private static ResultsDocument Of(string directory, JsonObject summary) =>
        new(
            Path.GetFullPath(directory),
            (bool?)summary["interrupted"] != true,
            (string?)summary["scenario"],
            (ulong?)summary["seed"],
            (long?)summary["duration_ns"],
            [.. (summary["verdict_in_words"] as JsonArray ?? []).Select(line => (string)line!)],
            [
                .. (summary["thresholds"] as JsonArray ?? []).Select(each =>
                    ThresholdDocument.Of(each!.AsObject())
                ),
            ],
            [
                .. (summary["backends"] as JsonObject ?? []).Select(each =>
                    BackendDocument.Of(each.Key, each.Value!.AsObject())
                ),
            ],
            [.. s_files.Where(name => File.Exists(Path.Combine(directory, name)))]
        );
}

/// <param name="Metric">"pvtimer.lateness.p99".</param>
/// <param name="Limit">"&lt; 50us".</param>
/// <param name="Value">What came of it; null: the run has no such figure.</param>
/// <param name="Holds">It was kept.</param>
public sealed record ThresholdDocument(string Metric, string Limit, string? Value, bool Holds)
{
    internal static ThresholdDocument Of(JsonObject threshold) =>
        new(
            (string?)threshold["path"] ?? "",
            (string?)threshold["condition"] ?? "",
            threshold["value"]?.ToJsonString(),
            (bool?)threshold["holds"] == true
        );
}

/// <summary>One back-end's result, of the whole run. Null: the run has no such figure.</summary>
/// <param name="Name">"pvtimer".</param>
/// <param name="TraceHash">Of all that happened.</param>
/// <param name="Events">Handled.</param>
/// <param name="Armed">Deadlines that guests programmed.</param>
/// <param name="Fired">Timers delivered.</param>
/// <param name="Lost">Timers that were not.</param>
/// <param name="Exits">VM-exits of all reasons.</param>
/// <param name="TimerExitsPerFired">VM-exits that a timer itself caused, per timer delivered.</param>
/// <param name="P50Ns">Median of lateness.</param>
/// <param name="P99Ns">99th percentile of lateness.</param>
/// <param name="MaxNs">Greatest lateness.</param>
/// <param name="BusyNs">CPU time of all pCPUs but idle, polling included.</param>
/// <param name="TimerCpu">How busy the dedicated CPU was, 0 to 1.</param>
public sealed record BackendDocument(
    string Name,
    string? TraceHash,
    long? Events,
    long? Armed,
    long? Fired,
    long? Lost,
    long? Exits,
    double? TimerExitsPerFired,
    long? P50Ns,
    long? P99Ns,
    long? MaxNs,
    long? BusyNs,
    double? TimerCpu
)
{
    internal static BackendDocument Of(string name, JsonObject backend)
    {
        JsonNode? timers = backend["timers"];
        JsonNode? lateness = backend["lateness_ns"];
        return new BackendDocument(
            name,
            (string?)backend["trace_hash"],
            (long?)backend["events"],
            (long?)timers?["armed"],
            (long?)timers?["fired"],
            (long?)timers?["lost"],
            (backend["exits"] as JsonObject)?.Sum(exit => (long?)exit.Value?["count"] ?? 0),
            (double?)backend["timer_exits_per_fired"],
            (long?)lateness?["p50"],
            (long?)lateness?["p99"],
            (long?)lateness?["max"],
            (backend["cpu_ns"] as JsonObject)
                ?.Where(part => part.Key != "idle")
                .Sum(part => (long?)part.Value ?? 0),
            (double?)backend["timer_cpu"]?["utilisation"]
        );
    }
}
