using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>
/// A directory of a node's own, in which it has the paths of runs as their clients name them: what is written to
/// /runs/a/x is in DIRECTORY/runs/a/x. Nothing outside of it is read or written.
/// </summary>
/// <param name="directory">It is there.</param>
internal sealed class OwnFiles(string directory) : IRunFiles
{
    private static readonly LocalFiles Files = LocalFiles.Instance;

    private readonly string _root = Path.GetFullPath(directory).TrimEnd('/');

    public void MakeDirectory(string path) => Files.MakeDirectory(Below(path));

    public bool Exists(string path) => Files.Exists(Below(path));

    public IEnumerable<string> List(string directory) =>
        Files.List(Below(directory)).Select(path => path[_root.Length..]);

    public (long Bytes, bool IsLink) Look(string path) => Files.Look(Below(path));

    public byte[] Read(string path) => Files.Read(Below(path));

    public void WriteWhole(string path, string partial, ReadOnlySpan<byte> content) =>
        Files.WriteWhole(Below(path), Below(partial), content);

    public bool TryCreate(string path) => Files.TryCreate(Below(path));

    public void ChangeEnd(string path, Func<byte[], (int Kept, byte[] Added)> change) =>
        Files.ChangeEnd(Below(path), change);

    public void Delete(string path) => Files.Delete(Below(path));

    /// <summary>A path has its dots taken out first: none leads out of the directory.</summary>
    private string Below(string path) => _root + Path.GetFullPath(path, "/");
}
