using System;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using PvTimer.Formats.Writers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>The files of a run. They appear all at once, under their final name, or not at all.</summary>
public static class RunDirectory
{
    private const string ManifestName = "manifest.json";

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
        string final = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        Directory.CreateDirectory(Path.GetDirectoryName(final)!);
        string partial = string.Create(
            CultureInfo.InvariantCulture,
            $"{final}.partial-{Environment.ProcessId}"
        );
        try
        {
            Directory.CreateDirectory(partial);
            Fill(partial, result, manifest, tables);
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
        Save(folder, ManifestName, SummaryDocument.Write(manifest));
        Save(folder, "scenario.conf", ScenarioWriter.Write(result.Scenario));
        Save(folder, "summary.json", SummaryDocument.Write(SummaryDocument.Of(result)));
        Save(folder, "summary.txt", tables);
        foreach (BackendResult backend in result.Backends)
        {
            string own = Path.Combine(folder, ScenarioReader.NameOf(backend.Backend));
            Directory.CreateDirectory(own);
            using StringWriter exits = new() { NewLine = "\n" };
            PerfKvmStatReport.Write(exits, backend.Report.Exits);
            Save(own, "perf-kvm-stat.txt", exits.ToString());
            using StringWriter lateness = new() { NewLine = "\n" };
            HgrmWriter.Write(lateness, backend.Report.Lateness);
            Save(own, "lateness.hgrm", lateness.ToString());
        }
    }

    private static void Save(string folder, string name, string content) =>
        File.WriteAllText(Path.Combine(folder, name), content);

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
