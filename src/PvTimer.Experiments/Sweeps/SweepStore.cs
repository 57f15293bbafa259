using System;
using System.IO;
using PvTimer.Sharding.Sweeps;

namespace PvTimer.Experiments.Sweeps;

/// <summary>
/// The runs of a sweep that are finished, a small file each, by hash: what is here is not run again, by this sweep or
/// a larger one.
/// </summary>
/// <remarks>
/// <code>
///   runs/HASH.json     what a finished run came to
///   failed/HASH.txt    why a run has no result; the next time it is tried again
/// </code>
/// </remarks>
/// <param name="directory">The sweep's.</param>
public sealed class SweepStore(string directory)
{
    private readonly string _finished = Path.Combine(directory, "runs");
    private readonly string _failed = Path.Combine(directory, "failed");

    /// <summary>A finished run's result; null: there is none, or its file is damaged.</summary>
    public PointResult? Find(SweepRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        string path = Path.Combine(_finished, run.Hash + ".json");
        try
        {
            return
                File.Exists(path)
                && PointResult.Read(File.ReadAllText(path)) is { } result
                && result.Hash == run.Hash
                ? result
                : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Keeps what became of a run; the same one twice is the same file.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Keep(PointOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        string failure = Path.Combine(_failed, outcome.Hash + ".txt");
        if (outcome.Result is { } result)
        {
            Write(Path.Combine(_finished, outcome.Hash + ".json"), result);
            if (File.Exists(failure))
            {
                File.Delete(failure);
            }
        }
        else
        {
            Write(failure, outcome.Failure + "\n");
        }
    }

    /// <summary>Whole, or not there; not flushed to the disk: what a power cut damages is noticed and run again.</summary>
    private static void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string partial = path + ".partial";
        File.WriteAllText(partial, content);
        File.Move(partial, path, overwrite: true);
    }
}
