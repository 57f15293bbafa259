using System;
using System.Collections.Generic;
using System.IO;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>The file system of this machine.</summary>
internal sealed class LocalFiles : IRunFiles
{
    private LocalFiles() { }

    public static LocalFiles Instance { get; } = new();

    public void MakeDirectory(string path) => Directory.CreateDirectory(path);

    public bool Exists(string path) => File.Exists(path);

    public IEnumerable<string> List(string directory) => Directory.EnumerateFiles(directory);

    public (long Bytes, bool IsLink) Look(string path)
    {
        FileInfo file = new(path);
        bool isLink = file.LinkTarget is not null;
        return (isLink ? 0 : file.Length, isLink);
    }

    public byte[] Read(string path) => File.ReadAllBytes(path);

    public void WriteWhole(string path, string partial, ReadOnlySpan<byte> content)
    {
        using (FileStream file = new(partial, FileMode.Create, FileAccess.Write))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(partial, path, overwrite: true);
    }

    public bool TryCreate(string path)
    {
        try
        {
            new FileStream(path, FileMode.CreateNew, FileAccess.Write).Dispose();
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    public void ChangeEnd(string path, Func<byte[], (int Kept, byte[] Added)> change)
    {
        using FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        byte[] content = new byte[file.Length];
        file.ReadExactly(content);
        (int kept, byte[] added) = change(content);
        file.SetLength(kept);
        file.Position = kept;
        file.Write(added);
        file.Flush(flushToDisk: true);
    }

    public void Delete(string path) => File.Delete(path);
}
