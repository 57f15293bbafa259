using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>
/// Which files of a checkpoint directory are of no use any more. Only files that are in it and have the names of
/// checkpoints are removed; what another run's manifest names stays.
/// </summary>
internal static class CheckpointRemoval
{
    /// <summary>Removes all but the last checkpoints of a run, and what earlier formations have left behind.</summary>
    /// <param name="kept">How many checkpoints stay, at least 1.</param>
    /// <param name="files">The disk.</param>
    /// <param name="directory">Where they are.</param>
    /// <param name="last">The run's last checkpoint; it is there.</param>
    /// <param name="manifests">All manifests that are there, newest first.</param>
    /// <param name="known">What was read of them before.</param>
    /// <exception cref="IOException">Something cannot be removed.</exception>
    public static void AllBut(
        int kept,
        IRunFiles files,
        string directory,
        CheckpointManifest last,
        ImmutableArray<StoredManifest> manifests,
        KnownManifests known
    )
    {
        List<StoredManifest> own = [];
        HashSet<string> needed = new(StringComparer.Ordinal);
        HashSet<string> forgotten = new(StringComparer.Ordinal);
        List<StoredManifest> damaged = [];
        foreach (StoredManifest stored in manifests)
        {
            CheckpointManifest? manifest = stored.ReadIfWhole(files, known);
            if (manifest is null)
            {
                damaged.Add(stored);
                continue;
            }
            bool isOwn = manifest.Run.IsSameRun(last.Run);
            bool isForgotten = isOwn && own.Count >= kept;
            (isForgotten ? forgotten : needed).UnionWith(manifest.Parts.Select(part => part.File));
            if (isForgotten)
            {
                files.Delete(stored.Path);
            }
            else if (isOwn)
            {
                own.Add(stored);
            }
        }
        if (own.Count == 0)
        {
            // The last one was damaged at once: nothing is known to be of no use.
            return;
        }
        StoredManifest oldest = own[^1];
        foreach (StoredManifest stored in damaged.Where(stored => stored.IsOlderThan(oldest)))
        {
            files.Delete(stored.Path);
        }
        string[] there = [.. files.List(directory)];
        RemoveParts(files, there, last.Epoch, needed, forgotten);
        RemoveClaims(files, there, oldest.Epoch);
    }

    /// <summary>Parts of the epoch that writes now, or of a later one, may be on their way into a manifest.</summary>
    private static void RemoveParts(
        IRunFiles files,
        string[] there,
        long epoch,
        HashSet<string> needed,
        HashSet<string> forgotten
    )
    {
        foreach (string path in there)
        {
            if (CheckpointName.OfPartOrPartial(Path.GetFileName(path.AsSpan())) is not { } written)
            {
                continue;
            }
            string name = Path.GetFileName(path);
            if ((written < epoch || forgotten.Contains(name)) && !needed.Contains(name))
            {
                files.Delete(path);
            }
        }
    }

    /// <summary>Formations before the oldest checkpoint that is kept: every node has heard of a later one.</summary>
    private static void RemoveClaims(IRunFiles files, string[] there, long epoch)
    {
        foreach (string path in there)
        {
            if (CheckpointName.OfClaimFile(Path.GetFileName(path.AsSpan())) < epoch)
            {
                files.Delete(path);
            }
        }
    }
}
