using System;
using System.Collections.Generic;
using System.IO;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>
/// What checkpoints and commands need of a disk, and nothing else: a simulation has one that fills up, breaks and
/// forgets.
/// </summary>
/// <remarks>All of it throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> if it cannot be done.</remarks>
internal interface IRunFiles
{
    /// <summary>Makes it, and those above it, unless it is there.</summary>
    void MakeDirectory(string path);

    /// <summary>A file is there.</summary>
    bool Exists(string path);

    /// <summary>The paths of all files in a directory, in no order.</summary>
    IEnumerable<string> List(string directory);

    /// <summary>How long a file is [B], and whether it is a link to one.</summary>
    (long Bytes, bool IsLink) Look(string path);

    byte[] Read(string path);

    /// <summary>The file is there whole, under its name and on disk, or as it was before.</summary>
    /// <param name="path">The file.</param>
    /// <param name="partial">Where it is written first.</param>
    /// <param name="content">All of it.</param>
    void WriteWhole(string path, string partial, ReadOnlySpan<byte> content);

    /// <summary>Makes an empty file.</summary>
    /// <returns>False: there is one of that name; another process may have made it at this very moment.</returns>
    bool TryCreate(string path);

    /// <summary>Changes the end of a file, made if it is not there, while no other process changes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="change">Is given all of it; says how many bytes stay, and what comes behind them.</param>
    void ChangeEnd(string path, Func<byte[], (int Kept, byte[] Added)> change);

    void Delete(string path);
}
