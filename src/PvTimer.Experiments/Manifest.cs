using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>manifest.json: what a run was, so that it can be checked and repeated.</summary>
public static class Manifest
{
    /// <param name="result">The run.</param>
    /// <param name="started">When it began.</param>
    /// <param name="wall">How long it took, reading and writing included.</param>
    /// <param name="directory">Where the run directory will be.</param>
    public static JsonObject Of(
        ExperimentResult result,
        DateTimeOffset started,
        TimeSpan wall,
        string directory
    )
    {
        ArgumentNullException.ThrowIfNull(result);
        BuildIdentity build = BuildIdentity.Current;
        Scenario scenario = result.Scenario;
        return new JsonObject
        {
            ["version"] = build.Version,
            ["commit"] = build.Commit,
            ["dirty"] = build.Dirty,
            ["sdk"] = build.Sdk,
            ["runtime"] = build.Runtime,
            ["cpu"] = build.Cpu,
            ["cores"] = build.Cores,
            ["scenario_name"] = scenario.Name,
            ["scenario"] = RunDirectory.ScenarioName,
            ["scenario_sha256"] = FileDigest.OfText(ScenarioWriter.Write(scenario)),
            ["seed"] = scenario.Seed,
            ["engine"] = SummaryDocument.NameOf(result.Engine),
            ["regions"] = result.Regions,
            ["nodes"] = result.Nodes,
            ["inputs"] = new JsonArray([.. scenario.Inputs.Select(path => (JsonNode)Input(path))]),
            ["warnings"] = new JsonArray([
                .. scenario.Warnings.Select(warning => (JsonNode)warning),
            ]),
            ["drills"] = new JsonArray([.. result.Drills.Select(line => (JsonNode)line)]),
            ["trace_hashes"] = TraceHashes(result.Backends),
            ["started"] = started.ToString("yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture),
            ["wall_seconds"] = Math.Round(wall.TotalSeconds, 3),
            ["virtual_ns"] = scenario.Duration.Nanoseconds,
            ["interrupted"] = result.Interrupted,
            ["command"] = Command(result, directory),
        };
    }

    private static JsonObject Input(string path)
    {
        return new JsonObject
        {
            ["path"] = path,
            ["bytes"] = new FileInfo(path).Length,
            ["sha256"] = FileDigest.Of(path),
        };
    }

    private static JsonObject TraceHashes(ImmutableArray<BackendResult> results)
    {
        JsonObject hashes = [];
        foreach (BackendResult result in results)
        {
            hashes[result.Backend.Name] = result.Outcome.TraceHash;
        }
        return hashes;
    }

    private static string Command(ExperimentResult result, string directory)
    {
        string scenario = Path.Combine(Path.GetFullPath(directory), "scenario.conf");
        string engine = SummaryDocument.NameOf(result.Engine);
        string nodes =
            result.Nodes == 1
                ? ""
                : string.Create(CultureInfo.InvariantCulture, $" --nodes {result.Nodes}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"pvtimer run \"{scenario}\" --engine {engine} --regions {result.Regions}{nodes}"
        );
    }
}
