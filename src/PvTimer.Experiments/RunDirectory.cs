using System;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using PvTimer.Formats.Writers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>
/// The files of a run. Those of a run in one process appear all at once or not at all. A run on a cluster
/// lives in its directory from the beginning: there each file appears whole, and manifest.json last.
/// </summary>
public static class RunDirectory
{
    private const string ManifestName = "manifest.json";
    private const string ScenarioName = "scenario.conf";

    /// <summary>
    /// Why the run could not be written to this place; null if it could: the place is free, or holds an
    /// earlier run, which will be replaced.
    /// </summary>
    public static string? Obstacle(string directory)
    {
        if (File.Exists(directory))
        {
            return $"'{directory}' is a file";
        }
        if (RunRecord.IsIn(directory))
        {
            return $"'{directory}' holds a run that is not finished; pvtimer run --resume {directory} finishes it";
        }
        bool occupied =
            Directory.Exists(directory)
            && Directory.GetFileSystemEntries(directory).Length > 0
            && !File.Exists(Path.Combine(directory, ManifestName));
        return occupied ? $"'{directory}' is not empty and holds no earlier run" : null;
    }

    /// <param name="directory">Where; its parents are made.</param>
    /// <param name="result">The run.</param>
    /// <param name="manifest">See <see cref="Manifest"/>.</param>
    /// <param name="tables">The tables that were printed.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(
        string directory,
        ExperimentResult result,
        JsonObject manifest,
        string tables
    )
    {
        ArgumentNullException.ThrowIfNull(result);
        if (RunRecord.IsIn(directory))
        {
            Fill(directory, result, manifest, tables);
            return;
        }
        ReplaceBy(directory, partial => Fill(partial, result, manifest, tables));
    }

    /// <summary>The directory of a run that begins: in it are run.json and scenario.conf, nothing else.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal static void Begin(string directory, RunRecord record, string scenario) =>
        ReplaceBy(
            directory,
            partial =>
            {
                Save(partial, ScenarioName, scenario);
                record.Write(partial);
            }
        );

    /// <summary>Where the nodes keep a back-end's checkpoints.</summary>
    internal static string CheckpointsOf(string directory, string backend) =>
        Path.Combine(directory, "checkpoints", backend);

    /// <summary>Removes what only an unfinished run needs; run.json last.</summary>
    internal static void RemoveTraces(string directory)
    {
        string checkpoints = Path.Combine(directory, "checkpoints");
        if (Directory.Exists(checkpoints))
        {
            Directory.Delete(checkpoints, recursive: true);
        }
        File.Delete(Path.Combine(directory, RunRecord.Name));
    }

    /// <summary>A file that is there whole, or not at all; its folder is made.</summary>
    internal static void Save(string folder, string name, string content)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, name);
        File.WriteAllText(path + ".partial", content);
        File.Move(path + ".partial", path, overwrite: true);
    }

    private static void ReplaceBy(string directory, Action<string> fill)
    {
        string final = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        Directory.CreateDirectory(Path.GetDirectoryName(final)!);
        string partial = string.Create(
            CultureInfo.InvariantCulture,
            $"{final}.partial-{Environment.ProcessId}"
        );
        try
        {
            Directory.CreateDirectory(partial);
            fill(partial);
            Replace(final, partial);
        }
        finally
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }
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
            string own = Path.Combine(folder, ScenarioReader.NameOf(backend.Backend));
            using StringWriter exits = new() { NewLine = "\n" };
            PerfKvmStatReport.Write(exits, backend.Report.Exits);
            Save(own, "perf-kvm-stat.txt", exits.ToString());
            using StringWriter lateness = new() { NewLine = "\n" };
            HgrmWriter.Write(lateness, backend.Report.Lateness);
            Save(own, "lateness.hgrm", lateness.ToString());
        }
        Save(folder, ManifestName, SummaryDocument.Write(manifest));
    }

    private static void Replace(string final, string partial)
    {
        string old = $"{partial}.old";
        if (Directory.Exists(final))
        {
            Directory.Move(final, old);
        }
        Directory.Move(partial, final);
        if (Directory.Exists(old))
        {
            Directory.Delete(old, recursive: true);
        }
    }
}
