using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using PvTimer.Experiments.Reports;
using PvTimer.Formats.Writers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>
/// The files of a run. Results appear all at once or not at all, and finished ones are replaced by finished
/// ones only: a run that is not finished keeps what it needs beside them, see <see cref="UnfinishedRun"/>.
/// </summary>
public static class RunDirectory
{
    internal const string ManifestName = "manifest.json";
    internal const string ScenarioName = "scenario.conf";
    public const string ReportName = "report.html";
    internal const string Checkpoints = "checkpoints";

    /// <summary>
    /// Why the run could not be written to this place; null if it could: the place is free, or holds an
    /// earlier run, which will be replaced when this one is finished. Found out by writing there.
    /// </summary>
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
        if (!Directory.Exists(directory))
        {
            return null;
        }
        ResultSwap.Complete(directory);
        if (RunRecord.IsIn(directory))
        {
            return $"'{directory}' holds a run that is not finished; {HowToResume(directory)} finishes it";
        }
        bool occupied =
            Directory.GetFileSystemEntries(directory).Any(entry => !ResultSwap.IsUnderWay(entry))
            && !File.Exists(Path.Combine(directory, ManifestName));
        return occupied ? $"'{directory}' is not empty and holds no earlier run" : null;
    }

    /// <summary>Writes the results of a run, and removes what only a run needs that is not finished.</summary>
    /// <param name="directory">Where; its parents are made.</param>
    /// <param name="result">The run.</param>
    /// <param name="manifest">See <see cref="Manifest"/>.</param>
    /// <param name="tables">The tables that were printed.</param>
    /// <returns>
    /// Whether they were written: those of an interrupted run are not where finished ones are.
    /// </returns>
    /// <exception cref="IOException">They cannot be written; what was there is as it was.</exception>
    public static bool Write(
        string directory,
        ExperimentResult result,
        JsonObject manifest,
        string tables
    )
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Interrupted && HoldsFinished(directory))
        {
            return false;
        }
        bool isNew = !Directory.Exists(directory);
        Directory.CreateDirectory(directory);
        try
        {
            ResultSwap.Replace(directory, folder => Fill(folder, result, manifest, tables));
        }
        catch when (isNew && Directory.GetFileSystemEntries(directory).Length == 0)
        {
            Directory.Delete(directory);
            throw;
        }
        if (!result.Interrupted)
        {
            RemoveTraces(directory);
        }
        return true;
    }

    /// <summary>The command that goes on with a run that is not finished, as a shell takes it.</summary>
    public static string HowToResume(string directory) =>
        $"pvtimer run --resume {ShellWord.Of(directory)}";

    /// <summary>Whether the results of a run are there that was not interrupted.</summary>
    public static bool HoldsFinished(string directory)
    {
        try
        {
            string manifest = File.ReadAllText(Path.Combine(directory, ManifestName));
            return JsonNode.Parse(manifest)?["interrupted"]?.GetValue<bool>() == false;
        }
        catch (Exception e) when (e is IOException or JsonException or InvalidOperationException)
        {
            // What cannot be read are no results.
            return false;
        }
    }

    /// <summary>A run begins here: run.json and checkpoints/scenario.conf, beside earlier results.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal static void Begin(string directory, RunRecord record, string scenario)
    {
        Directory.CreateDirectory(directory);
        RemoveTraces(directory);
        // The nodes of an earlier run.
        File.Delete(Path.Combine(directory, "nodes.json"));
        Save(ScenarioFolderOf(directory), ScenarioName, scenario);
        record.Write(directory);
    }

    /// <summary>Where the scenario is of a run that is not finished.</summary>
    internal static string ScenarioFolderOf(string directory) =>
        Path.Combine(directory, Checkpoints);

    /// <summary>Where a back-end's checkpoints are.</summary>
    internal static string CheckpointsOf(string directory, string backend) =>
        Path.Combine(directory, Checkpoints, backend);

    /// <summary>A file that is there whole, or not at all; its folder is made.</summary>
    internal static void Save(string folder, string name, string content) =>
        WholeFile.Write(Path.Combine(folder, name), content);

    /// <summary>Removes what only an unfinished run needs; run.json first, as the rest is nothing without it.</summary>
    private static void RemoveTraces(string directory)
    {
        File.Delete(Path.Combine(directory, RunRecord.Name));
        string checkpoints = Path.Combine(directory, Checkpoints);
        if (Directory.Exists(checkpoints))
        {
            Directory.Delete(checkpoints, recursive: true);
        }
    }

    private static void Fill(
        string folder,
        ExperimentResult result,
        JsonObject manifest,
        string tables
    )
    {
        Save(folder, ScenarioName, ScenarioWriter.Write(result.Scenario));
        Save(folder, "summary.json", SummaryDocument.Write(SummaryDocument.Of(result)));
        Save(folder, "summary.txt", tables);
        foreach (BackendResult backend in result.Backends)
        {
            string own = Path.Combine(folder, backend.Backend.Name);
            using StringWriter exits = new() { NewLine = "\n" };
            PerfKvmStatReport.Write(exits, backend.Report.Exits);
            Save(own, "perf-kvm-stat.txt", exits.ToString());
            using StringWriter lateness = new() { NewLine = "\n" };
            HgrmWriter.Write(lateness, backend.Report.Lateness);
            Save(own, "lateness.hgrm", lateness.ToString());
        }
        string command = (string)manifest["command"]!;
        Save(folder, ReportName, ReportPage.Of(RunReport.Of(result, command)));
        Save(folder, ManifestName, SummaryDocument.Write(manifest));
    }
}
