using System;
using System.Collections.Immutable;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace PvTimer.Scenarios;

/// <summary>Files that are read from memory, whatever this machine has under their paths.</summary>
/// <param name="contents">By path, as a scenario and its reader name it.</param>
public sealed class HeldFiles(ImmutableDictionary<string, ReadOnlyMemory<byte>> contents)
{
    /// <summary>One file of text.</summary>
    /// <param name="path">As its reader names it.</param>
    /// <param name="text">What it says.</param>
    public static HeldFiles Of(string path, string text) =>
        new(
            ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty.Add(
                path,
                Encoding.UTF8.GetBytes(text)
            )
        );

    /// <summary>No file: all are read from the disk.</summary>
    public static HeldFiles None { get; } =
        new(ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty);

    /// <summary>These, and one more.</summary>
    /// <param name="path">As its reader names it.</param>
    /// <param name="content">What is in it.</param>
    public HeldFiles With(string path, ReadOnlyMemory<byte> content) =>
        new(contents.SetItem(path, content));

    /// <summary>What a file contains; null: it is read from the disk.</summary>
    public ReadOnlyMemory<byte>? Find(string path) =>
        contents.TryGetValue(path, out ReadOnlyMemory<byte> content)
            ? content
            : default(ReadOnlyMemory<byte>?);

    /// <summary>The same, to be read; null: from the disk.</summary>
    internal Stream? Open(string path) =>
        Find(path) is { } content && MemoryMarshal.TryGetArray(content, out ArraySegment<byte> held)
            ? new MemoryStream(held.Array!, held.Offset, held.Count, writable: false)
            : null;
}
