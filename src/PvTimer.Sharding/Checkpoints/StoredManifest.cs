using System;
using System.Collections.Generic;
using System.Collections.Immutable;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>A manifest's file, as its name says.</summary>
/// <param name="Epoch">The formation that wrote it.</param>
/// <param name="Round">The round after which it was taken.</param>
/// <param name="Path">The file.</param>
internal readonly record struct StoredManifest(long Epoch, long Round, string Path)
{
    /// <summary>Those of a directory, newest first; a file of any other name is none.</summary>
    public static ImmutableArray<StoredManifest> In(IRunFiles files, string directory)
    {
        List<StoredManifest> found = [];
        foreach (string path in files.List(directory))
        {
            if (
                CheckpointName.OfManifestFile(System.IO.Path.GetFileName(path.AsSpan())) is
                { } moment
            )
            {
                found.Add(new StoredManifest(moment.Epoch, moment.Round, path));
            }
        }
        found.Sort(
            static (one, other) => (other.Epoch, other.Round).CompareTo((one.Epoch, one.Round))
        );
        return [.. found];
    }

    /// <summary>What it says; null: it is damaged.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="known">What was read before.</param>
    public CheckpointManifest? ReadIfWhole(IRunFiles files, KnownManifests known)
    {
        try
        {
            return ManifestFile.Read(files, Path, known);
        }
        catch (CheckpointDamagedException)
        {
            return null;
        }
    }

    /// <summary>It was written before another one.</summary>
    public bool IsOlderThan(StoredManifest other) =>
        (Epoch, Round).CompareTo((other.Epoch, other.Round)) < 0;
}
