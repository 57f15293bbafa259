using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using PvTimer.Experiments.Reports;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Sweeps;

/// <summary>The files of a sweep.</summary>
/// <remarks>
/// <code>
///   manifest.json       what was asked for, by which program; written first, so that it can be resumed
///   scenario.conf       the resolved scenario without any axis
///   runs/, failed/      see <see cref="SweepStore"/>
///   results.csv, results.parquet     see <see cref="SweepTable"/>
///   summary.json        see <see cref="SweepDocument"/>
///   report.html         see <see cref="MatrixReport"/>
/// </code>
/// </remarks>
public static class SweepDirectory
{
    private const string Kind = "sweep";

    /// <summary>Why a sweep cannot be written there; null if it can: the place is free, or holds a sweep.</summary>
    public static string? Obstacle(string directory)
    {
        if (File.Exists(directory))
        {
            return $"'{directory}' is a file";
        }
        if (WritableFolder.Obstacle(directory) is { } obstacle)
        {
            return obstacle;
        }
        bool occupied =
            Directory.Exists(directory)
            && Directory.GetFileSystemEntries(directory).Any(entry => !RunLock.IsOf(entry))
            && ManifestIn(directory) is null;
        return occupied ? $"'{directory}' is not empty and holds no sweep" : null;
    }

    /// <summary>Says what is swept, before anything is run.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Begin(string directory, SweepPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        BuildIdentity build = BuildIdentity.Current;
        SweepRequest request = plan.Request;
        JsonObject manifest = new()
        {
            ["kind"] = Kind,
            ["version"] = build.Version,
            ["commit"] = build.Commit,
            ["dirty"] = build.Dirty,
            ["sdk"] = build.Sdk,
            ["runtime"] = build.Runtime,
            ["cpu"] = build.Cpu,
            ["cores"] = build.Cores,
            ["scenario_name"] = plan.Scenario.Name,
            ["scenario"] = Path.GetFullPath(request.File),
            ["overrides"] = new JsonArray([
                .. request.Overrides.Select(each =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["option"] = each.Option,
                            ["key"] = each.Path,
                            ["value"] = each.Value,
                        }
                ),
            ]),
            ["over"] = new JsonArray([.. request.Axes.Select(axis => (JsonNode)axis.Text)]),
            ["repetitions"] = request.Repetitions,
            ["seed"] = plan.Scenario.Seed,
            ["runs"] = plan.Runs.Length,
            ["sweep_hash"] = plan.Hash,
            ["command"] = $"pvtimer sweep --resume {ShellWord.Of(Path.GetFullPath(directory))}",
        };
        WholeFile.Write(
            Path.Combine(directory, RunDirectory.ManifestName),
            SummaryDocument.Write(manifest)
        );
        WholeFile.Write(
            Path.Combine(directory, RunDirectory.ScenarioName),
            ScenarioWriter.Write(plan.Scenario)
        );
    }

    /// <summary>What a sweep was begun with.</summary>
    /// <exception cref="SweepException">There is none, or it would not be the same one.</exception>
    /// <exception cref="ScenarioException">Its scenario cannot be read any more.</exception>
    public static SweepPlan Resume(string directory)
    {
        if (ManifestIn(directory) is not { } manifest)
        {
            throw new SweepException(
                $"--resume: '{directory}' holds no sweep; accepted: the --out of one"
            );
        }
        SweepPlan plan = SweepPlan.Of(RequestOf(directory, manifest));
        return plan.Hash == (string?)manifest["sweep_hash"]
            ? plan
            : throw new SweepException(
                $"--resume: the program, the scenario or a recording has changed since '{directory}' was begun; accepted: the same command again, which runs what is missing"
            );
    }

    /// <summary>
    /// Writes what the runs came to; the files are there whole, or as they were before. They are made side by side: it is what
    /// a sweep does on one core, behind runs that have all of them.
    /// </summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static async Task Write(string directory, SweepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Task<string> csv = Task.Run(() => Csv(result));
        Task<byte[]> parquet = Task.Run(() => Parquet(result));
        Task<string> summary = Task.Run(() => SummaryDocument.Write(SweepDocument.Of(result)));
        Task<string> page = Task.Run(() =>
            ReportPage.Of(MatrixReport.Of(result, CommandOf(result.Plan)))
        );
        Keep("results.csv", await csv.ConfigureAwait(false));
        WholeFile.Write(
            Path.Combine(directory, "results.parquet"),
            await parquet.ConfigureAwait(false)
        );
        Keep("summary.json", await summary.ConfigureAwait(false));
        Keep(RunDirectory.ReportName, await page.ConfigureAwait(false));

        void Keep(string name, string content) =>
            WholeFile.Write(Path.Combine(directory, name), content);
    }

    private static string Csv(SweepResult result)
    {
        using StringWriter csv = new(CultureInfo.InvariantCulture);
        SweepTable.WriteCsv(result, csv);
        return csv.ToString();
    }

    private static async Task<byte[]> Parquet(SweepResult result)
    {
        using MemoryStream parquet = new();
        await SweepTable.WriteParquet(result, parquet).ConfigureAwait(false);
        return parquet.ToArray();
    }

    private static string CommandOf(SweepPlan plan) =>
        string.Join(
            ' ',
            [
                "pvtimer sweep",
                ShellWord.Of(plan.Request.File),
                .. plan.Request.Axes.Select(axis => $"--over {ShellWord.Of(axis.Text)}"),
                .. plan.Request.Overrides.Select(each =>
                    $"--set {ShellWord.Of($"{each.Path}={each.Value}")}"
                ),
                string.Create(CultureInfo.InvariantCulture, $"--repeat {plan.Request.Repetitions}"),
            ]
        );

    private static SweepRequest RequestOf(string directory, JsonObject manifest)
    {
        try
        {
            return new SweepRequest(
                (string)manifest["scenario"]!,
                [
                    .. manifest["overrides"]!
                        .AsArray()
                        .Select(each => new ScenarioOverride(
                            (string)each!["option"]!,
                            (string)each["key"]!,
                            (string)each["value"]!
                        )),
                ],
                [.. manifest["over"]!.AsArray().Select(each => SweepAxis.Parse((string)each!))],
                (int)manifest["repetitions"]!
            );
        }
        catch (Exception e)
            when (e is NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new SweepException(
                $"--resume: '{directory}': its manifest is damaged; accepted: the same command again"
            );
        }
    }

    /// <summary>Null: there is none, or it is of something else.</summary>
    private static JsonObject? ManifestIn(string directory)
    {
        string path = Path.Combine(directory, RunDirectory.ManifestName);
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            return
                JsonNode.Parse(File.ReadAllText(path)) is JsonObject manifest
                && (string?)manifest["kind"] == Kind
                ? manifest
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
