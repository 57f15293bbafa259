using System;
using System.Globalization;
using System.IO;
using System.Linq;

namespace PvTimer.Experiments;

/// <summary>
/// Puts results into a run directory in the place of earlier ones. Whatever ends the process or fills the
/// disk: either the earlier results are there, or the new ones are and wait to be taken to their places.
/// </summary>
/// <remarks>
/// <code>
///   .partial-PID   results that are being written                 1  write, flush to disk
///   .finished      results that are whole                         2  rename .partial-PID
///   .replacing     earlier results on their way out               3  rename each into it, manifest.json first
///   .replaced      all of them are out                            4  rename .replacing
///                                                                 5  rename the new ones to their places, manifest.json last
///                                                                 6  remove .finished, .replaced
/// </code>
/// From step 2 on nothing needs space any more, and a process that finds it half done does the rest.
/// </remarks>
internal static class ResultSwap
{
    private const string Partial = ".partial-";
    private const string Finished = ".finished";
    private const string Replacing = ".replacing";
    private const string Replaced = ".replaced";

    /// <summary>What belongs to the run and its nodes and is no result of it: it stays where it is.</summary>
    private static readonly string[] OfTheRun =
    [
        RunRecord.Name,
        RunDirectory.Checkpoints,
        "logs",
        "nodes.json",
        "audit.ndjson",
    ];

    /// <summary>Replaces the results in a directory.</summary>
    /// <param name="directory">It exists.</param>
    /// <param name="fill">Writes all of them into the folder that it is given.</param>
    /// <exception cref="IOException">They cannot be written; the earlier ones are as they were.</exception>
    public static void Replace(string directory, Action<string> fill)
    {
        Complete(directory);
        string partial = Path.Combine(
            directory,
            string.Create(CultureInfo.InvariantCulture, $"{Partial}{Environment.ProcessId}")
        );
        try
        {
            Directory.CreateDirectory(partial);
            fill(partial);
            Directory.Move(partial, Path.Combine(directory, Finished));
        }
        finally
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }
        }
        Complete(directory);
    }

    /// <summary>Does the rest of what an earlier process did not come to; nothing if there is none.</summary>
    /// <exception cref="IOException">It cannot be done; it can be tried again.</exception>
    public static void Complete(string directory)
    {
        string finished = Path.Combine(directory, Finished);
        string replaced = Path.Combine(directory, Replaced);
        if (Directory.Exists(finished))
        {
            if (!Directory.Exists(replaced))
            {
                TakeOut(directory);
            }
            foreach (string entry in Entries(finished).OrderBy(IsManifest))
            {
                Move(entry, directory);
            }
            Directory.Delete(finished);
        }
        if (Directory.Exists(replaced))
        {
            Directory.Delete(replaced, recursive: true);
        }
    }

    /// <summary>Neither a result nor anything else of a user's: a process left it that writes here, or did.</summary>
    public static bool IsUnderWay(string entry) =>
        Path.GetFileName(entry) is { } name
        && (
            RunLock.IsOf(name)
            || WritableFolder.IsProbe(name)
            || name.StartsWith(Partial, StringComparison.Ordinal)
            || name is Finished or Replacing or Replaced
        );

    private static void TakeOut(string directory)
    {
        string replacing = Path.Combine(directory, Replacing);
        Directory.CreateDirectory(replacing);
        foreach (
            string entry in Entries(directory)
                .Where(entry => !IsUnderWay(entry) && !OfTheRun.Contains(Path.GetFileName(entry)))
                .OrderByDescending(IsManifest)
        )
        {
            Move(entry, replacing);
        }
        Directory.Move(replacing, Path.Combine(directory, Replaced));
    }

    private static string[] Entries(string directory) => Directory.GetFileSystemEntries(directory);

    private static bool IsManifest(string entry) =>
        Path.GetFileName(entry) == RunDirectory.ManifestName;

    private static void Move(string entry, string folder)
    {
        string place = Path.Combine(folder, Path.GetFileName(entry));
        if (File.Exists(entry))
        {
            File.Move(entry, place);
        }
        else
        {
            Directory.Move(entry, place);
        }
    }
}
