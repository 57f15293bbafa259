using System;
using System.Collections.Generic;
using System.IO;
using PvTimer.Sharding.Checkpoints;

namespace PvTimer.Simulation.Tests.World;

/// <summary>The directory that all nodes share; each reaches it in its own way, which may break.</summary>
internal sealed class SharedDisk
{
    public SortedList<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>The way of one node to it.</summary>
    public NodeFiles WayOf(Chance chance, Action<DiskFaults> hit) => new(this, chance, hit);
}

/// <summary>The shared directory as one node reaches it.</summary>
internal sealed class NodeFiles(SharedDisk disk, Chance chance, Action<DiskFaults> hit) : IRunFiles
{
    public DiskFaults Faults { get; set; }

    /// <summary>The process is killed when it has changed so many more things on disk; null: it is not.</summary>
    public int? KilledAfter { get; set; }

    public void MakeDirectory(string path) => Check(DiskFaults.NoDescriptors, path);

    public bool Exists(string path) => disk.Files.ContainsKey(path);

    public IEnumerable<string> List(string directory)
    {
        Check(DiskFaults.NoDescriptors, directory);
        List<string> inside = new(disk.Files.Count);
        foreach (string path in disk.Files.Keys)
        {
            if (
                path.Length > directory.Length
                && path[directory.Length] == '/'
                && path.StartsWith(directory, StringComparison.Ordinal)
            )
            {
                inside.Add(path);
            }
        }
        return inside;
    }

    public (long Bytes, bool IsLink) Look(string path)
    {
        Check(DiskFaults.NoDescriptors, path);
        return (ContentOf(path).Length, false);
    }

    public byte[] Read(string path)
    {
        Check(DiskFaults.NoDescriptors, path);
        Check(DiskFaults.Unreadable, path);
        return ContentOf(path);
    }

    public void WriteWhole(string path, string partial, ReadOnlySpan<byte> content)
    {
        Check(DiskFaults.NoDescriptors, path);
        Check(DiskFaults.Full, path);
        if (IsHit(DiskFaults.Torn))
        {
            disk.Files[partial] = content[..(content.Length / 2)].ToArray();
            throw new IOException($"{path}: input/output error");
        }
        bool isOfCheckpoint =
            path.EndsWith(".ckpt", StringComparison.Ordinal)
            || Path.GetFileName(path.AsSpan()).StartsWith("manifest-", StringComparison.Ordinal);
        if (isOfCheckpoint && Lies(path, content))
        {
            return;
        }
        if (KilledAfter is not null)
        {
            ChangeOrDie();
            disk.Files[partial] = content[..(content.Length / 2)].ToArray();
            ChangeOrDie();
            disk.Files[partial] = content.ToArray();
            ChangeOrDie();
            disk.Files.Remove(partial);
        }
        disk.Files[path] = content.ToArray();
    }

    /// <summary>
    /// One thing on disk changes next, unless the process is killed before. A file that is written whole has three
    /// such moments: half of it is there, all of it is, it has got its name.
    /// </summary>
    private void ChangeOrDie()
    {
        if (KilledAfter == 0)
        {
            throw new ProcessKilledException();
        }
        KilledAfter--;
    }

    /// <summary>The disk says that it has written, and has done something else.</summary>
    private bool Lies(string path, ReadOnlySpan<byte> content)
    {
        if (IsHit(DiskFaults.Stale))
        {
            return true;
        }
        if (IsHit(DiskFaults.TornInSilence))
        {
            disk.Files[path] = content[..(content.Length / 2)].ToArray();
            return true;
        }
        int others = OthersOfKind(path, place: -1).Count;
        if (others == 0)
        {
            return false;
        }
        ulong drawn = chance.Next();
        if ((Faults & (DiskFaults.Misdirected | DiskFaults.Old)) == DiskFaults.None)
        {
            return false;
        }
        string one = OthersOfKind(path, (int)(drawn % (ulong)others)).Found!;
        if (IsHit(DiskFaults.Misdirected))
        {
            disk.Files[one] = content.ToArray();
            return true;
        }
        if (IsHit(DiskFaults.Old))
        {
            disk.Files[path] = disk.Files[one];
            return true;
        }
        return false;
    }

    /// <summary>How many other files have a name that ends alike, and that which has a place among them.</summary>
    private (int Count, string? Found) OthersOfKind(string path, int place)
    {
        ReadOnlySpan<char> kind = Path.GetExtension(path.AsSpan());
        int count = 0;
        string? found = null;
        foreach (string other in disk.Files.Keys)
        {
            if (other.AsSpan().EndsWith(kind, StringComparison.Ordinal) && other != path)
            {
                found = count++ == place ? other : found;
            }
        }
        return (count, found);
    }

    public bool TryCreate(string path)
    {
        Check(DiskFaults.NoDescriptors, path);
        Check(DiskFaults.Full, path);
        ChangeOrDie();
        return disk.Files.TryAdd(path, []);
    }

    public void ChangeEnd(string path, Func<byte[], (int Kept, byte[] Added)> change)
    {
        Check(DiskFaults.NoDescriptors, path);
        byte[] content = disk.Files.GetValueOrDefault(path, []);
        (int kept, byte[] added) = change(content);
        Check(DiskFaults.Full, path);
        if (IsHit(DiskFaults.Torn))
        {
            disk.Files[path] = [.. content[..kept], .. added[..(added.Length / 2)]];
            throw new IOException($"{path}: input/output error");
        }
        ChangeOrDie();
        if (KilledAfter == 0)
        {
            disk.Files[path] = [.. content[..kept], .. added[..(added.Length / 2)]];
        }
        ChangeOrDie();
        disk.Files[path] = [.. content[..kept], .. added];
    }

    public void Delete(string path)
    {
        Check(DiskFaults.NoDescriptors, path);
        ChangeOrDie();
        disk.Files.Remove(path);
    }

    private byte[] ContentOf(string path) =>
        disk.Files.GetValueOrDefault(path)
        ?? throw new FileNotFoundException($"{path}: no such file");

    private void Check(DiskFaults fault, string path)
    {
        if (IsHit(fault))
        {
            string what = $"{path}: {fault}";
            throw fault == DiskFaults.NoDescriptors
                ? new IOException(what, RunDisk.NoDescriptors)
                : new IOException(what);
        }
    }

    private bool IsHit(DiskFaults fault)
    {
        bool isHit = (Faults & fault) != DiskFaults.None;
        if (isHit)
        {
            hit(fault);
        }
        return isHit;
    }
}

/// <summary>A process was killed while it wrote to its disk: what it had changed is changed, and nothing more happens.</summary>
internal sealed class ProcessKilledException : Exception;
