using System.Collections.Immutable;
using System.Linq;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>A manifest's file, as its name says.</summary>
/// <param name="Epoch">The formation that wrote it.</param>
/// <param name="Round">The round after which it was taken.</param>
/// <param name="Path">The file.</param>
internal readonly record struct StoredManifest(long Epoch, long Round, string Path)
{
    /// <summary>Those of a directory, newest first; a file of any other name is none.</summary>
    public static ImmutableArray<StoredManifest> In(IRunFiles files, string directory) =>
        [
            .. files
                .List(directory)
                .Select(path =>
                    CheckpointName.OfManifestFile(System.IO.Path.GetFileName(path)) is { } moment
                        ? new StoredManifest(moment.Epoch, moment.Round, path)
                        : (StoredManifest?)null
                )
                .OfType<StoredManifest>()
                .OrderByDescending(manifest => manifest.Epoch)
                .ThenByDescending(manifest => manifest.Round),
        ];

    /// <summary>What it says; null: it is damaged.</summary>
    public CheckpointManifest? ReadIfWhole(IRunFiles files)
    {
        try
        {
            return ManifestFile.Read(files, Path);
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
