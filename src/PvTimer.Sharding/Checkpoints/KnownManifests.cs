using System;
using System.Collections.Generic;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>
/// Manifests that were read or written before. As long as the bytes on disk are the same, so is what they say: they
/// are read and compared each time, and only parsed and hashed anew when they differ.
/// </summary>
internal sealed class KnownManifests
{
    /// <summary>No more are remembered: those of the checkpoints that are kept, and of one that is being made.</summary>
    public const int Most = 4;

    private readonly Queue<(string Path, byte[] Content, CheckpointManifest Manifest)> _known = [];

    /// <summary>What these very bytes under this path were found to say; null: they are not known.</summary>
    public CheckpointManifest? Find(string path, ReadOnlySpan<byte> content)
    {
        foreach ((string knownPath, byte[] known, CheckpointManifest manifest) in _known)
        {
            if (knownPath == path && content.SequenceEqual(known))
            {
                return manifest;
            }
        }
        return null;
    }

    /// <param name="path">The file.</param>
    /// <param name="content">All of it; not changed any more.</param>
    /// <param name="manifest">What it says: it was checked.</param>
    public void Note(string path, byte[] content, CheckpointManifest manifest)
    {
        if (_known.Count == Most)
        {
            _known.Dequeue();
        }
        _known.Enqueue((path, content, manifest));
    }
}
