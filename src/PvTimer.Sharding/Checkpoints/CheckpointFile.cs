using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>The file of one node in a checkpoint: the frozen cells that lived there.</summary>
/// <remarks>
/// <code>
///   "PVTCKPT1" | cells | per cell: bytes of its name, its name, bytes of its state, its state | SHA-256
/// </code>
/// Numbers are 4 bytes, little-endian. The hash covers all that is before it.
/// </remarks>
internal static class CheckpointFile
{
    private const int HashBytes = 32;

    private static ReadOnlySpan<byte> Magic => "PVTCKPT1"u8;

    /// <summary>Writes it so that it is there whole, under its name, or not at all.</summary>
    /// <returns>Its length and the hash of the whole file.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static (long Bytes, string Sha256) Write(
        string path,
        IReadOnlyCollection<KeyValuePair<string, byte[]>> cells
    )
    {
        byte[] content = Encode(cells);
        string partial = path + ".partial";
        using (FileStream file = new(partial, FileMode.Create, FileAccess.Write))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(partial, path, overwrite: true);
        return (content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    /// <summary>The frozen cells in a file, by their names.</summary>
    /// <exception cref="CheckpointDamagedException">It is not what was written.</exception>
    public static Dictionary<string, ReadOnlyMemory<byte>> Read(string path)
    {
        byte[] content = ReadAll(path);
        if (
            content.Length < Magic.Length + 4 + HashBytes
            || !content.AsSpan().StartsWith(Magic)
            || !SHA256
                .HashData(content.AsSpan(0, content.Length - HashBytes))
                .AsSpan()
                .SequenceEqual(content.AsSpan(content.Length - HashBytes))
        )
        {
            throw new CheckpointDamagedException(
                $"{path}: {content.Length} bytes that are not what was written"
            );
        }
        // From here on the hash vouches for the structure.
        Dictionary<string, ReadOnlyMemory<byte>> cells = new(StringComparer.Ordinal);
        int at = Magic.Length;
        int count = Next(content, ref at);
        for (int cell = 0; cell < count; cell++)
        {
            int nameBytes = Next(content, ref at);
            string name = Encoding.UTF8.GetString(content, at, nameBytes);
            at += nameBytes;
            int length = Next(content, ref at);
            cells.Add(name, content.AsMemory(at, length));
            at += length;
        }
        return cells;
    }

    private static byte[] ReadAll(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (IOException missing)
        {
            throw new CheckpointDamagedException($"{path}: {missing.Message}");
        }
    }

    private static int Next(byte[] content, ref int at)
    {
        int value = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(at));
        at += 4;
        return value;
    }

    private static byte[] Encode(IReadOnlyCollection<KeyValuePair<string, byte[]>> cells)
    {
        using MemoryStream buffer = new();
        using (BinaryWriter writer = new(buffer, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(cells.Count);
            foreach ((string name, byte[] state) in cells)
            {
                byte[] nameBytes = Encoding.UTF8.GetBytes(name);
                writer.Write(nameBytes.Length);
                writer.Write(nameBytes);
                writer.Write(state.Length);
                writer.Write(state);
            }
        }
        byte[] hash = SHA256.HashData(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        buffer.Write(hash);
        return buffer.ToArray();
    }
}

/// <summary>A checkpoint cannot be used; the message says which file and why.</summary>
public sealed class CheckpointDamagedException(string message) : Exception(message);
