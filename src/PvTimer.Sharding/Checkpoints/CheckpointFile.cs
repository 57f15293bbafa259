using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using PvTimer.Scenarios;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>The file of one node in a checkpoint: the frozen cells that lived there.</summary>
/// <remarks>
/// <code>
///   "PVTCKPT2" | cells | per cell, by name: bytes of its name, its name, bytes of its state, its state
/// </code>
/// Numbers are 4 bytes, little-endian. Its length and its hash are in the manifest. Cells that are frozen twice at
/// one barrier give the same bytes, so a part may be written again under its name.
/// </remarks>
internal static class CheckpointFile
{
    private static ReadOnlySpan<byte> Magic => "PVTCKPT2"u8;

    /// <summary>Writes it so that it is there whole, under its name, or not at all.</summary>
    /// <returns>Its length and the hash of the whole file.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static (long Bytes, string Sha256) Write(
        IRunFiles files,
        string path,
        IReadOnlyCollection<KeyValuePair<string, byte[]>> cells
    )
    {
        byte[] content = Encode(cells);
        files.WriteWhole(path, CheckpointName.OfPartial(path), content);
        return (content.Length, FileHash.Of(content));
    }

    /// <summary>What can be true of no part, on one line; null: nothing.</summary>
    public static string? FlawOf(CheckpointPart part)
    {
        if (part.File is null || !CheckpointName.IsPart(part.File))
        {
            return $"the part '{CheckpointName.Shown(part.File)}'; accepted: {CheckpointName.FormsOfParts}";
        }
        if (NameRule.Node.FlawOf(part.Node ?? "") is { } flaw)
        {
            return $"the node of {part.File} {flaw}; accepted: {NameRule.Node.Forms}";
        }
        return part.Bytes < 0 || part.Bytes > Array.MaxLength || !FileHash.IsOne(part.Sha256 ?? "")
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{part.File}: {part.Bytes} bytes, SHA-256 '{CheckpointName.Shown(part.Sha256)}'; accepted: up to {Array.MaxLength} bytes, lower-case hexadecimal"
            )
            : null;
    }

    /// <summary>The frozen cells in a part's file, by their names.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="directory">Where it is.</param>
    /// <param name="part">What its manifest says of it.</param>
    /// <exception cref="CheckpointDamagedException">It is not what was written.</exception>
    public static Dictionary<string, ReadOnlyMemory<byte>> Read(
        IRunFiles files,
        string directory,
        CheckpointPart part
    )
    {
        if (FlawOf(part) is { } flaw)
        {
            throw new CheckpointDamagedException($"{directory}: {flaw}");
        }
        string path = Path.Combine(directory, part.File);
        byte[] content = ReadWhole(files, path, part);
        return Decode(path, content);
    }

    /// <summary>The bytes of a part's file.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="directory">Where it is.</param>
    /// <param name="part">What its manifest says of it.</param>
    /// <exception cref="CheckpointDamagedException">It is not what was written.</exception>
    public static byte[] ReadBytes(IRunFiles files, string directory, CheckpointPart part) =>
        FlawOf(part) is { } flaw
            ? throw new CheckpointDamagedException($"{directory}: {flaw}")
            : ReadWhole(files, Path.Combine(directory, part.File), part);

    private static Dictionary<string, ReadOnlyMemory<byte>> Decode(string path, byte[] content)
    {
        try
        {
            return Decode(content);
        }
        // Bytes with the right hash that are no part: something else has written them.
        catch (Exception e)
            when (e
                    is ArgumentException
                        or OverflowException
                        or IndexOutOfRangeException
                        or InvalidDataException
            )
        {
            throw new CheckpointDamagedException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}: {content.Length} bytes that are no frozen cells"
                )
            );
        }
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Decode(byte[] content)
    {
        if (!content.AsSpan().StartsWith(Magic))
        {
            throw new InvalidDataException();
        }
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
        return at == content.Length ? cells : throw new InvalidDataException();
    }

    /// <summary>Not a byte is read of a file that has not the length that was written.</summary>
    private static byte[] ReadWhole(IRunFiles files, string path, CheckpointPart part)
    {
        try
        {
            (long bytes, bool isLink) = files.Look(path);
            if (isLink)
            {
                throw new CheckpointDamagedException($"{path}: it is a link; accepted: a file");
            }
            if (bytes != part.Bytes || part.Bytes == 0)
            {
                throw new CheckpointDamagedException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{path}: {bytes} bytes, its manifest says {part.Bytes}"
                    )
                );
            }
            byte[] content = files.Read(path);
            return FileHash.Of(content) == part.Sha256
                ? content
                : throw new CheckpointDamagedException(
                    $"{path}: its SHA-256 is not what its manifest says"
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointDamagedException($"{path}: {e.Message}");
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
            foreach (
                (string name, byte[] state) in cells.OrderBy(
                    cell => cell.Key,
                    StringComparer.Ordinal
                )
            )
            {
                byte[] nameBytes = Encoding.UTF8.GetBytes(name);
                writer.Write(nameBytes.Length);
                writer.Write(nameBytes);
                writer.Write(state.Length);
                writer.Write(state);
            }
        }
        return buffer.ToArray();
    }
}

/// <summary>A checkpoint cannot be used; the message says which file and why.</summary>
public sealed class CheckpointDamagedException(string message) : Exception(message);
