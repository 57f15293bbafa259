using System;
using System.IO;
using System.Text;
using PvTimer.Formats.Compression;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Opens the text of a trace, compressed or plain, in UTF-8 or UTF-16, and refuses what is no text.
/// </summary>
internal static class TraceFile
{
    public const string Accepted =
        "text of ftrace, `trace-cmd report` or `perf script`, plain or in "
        + CompressedText.Formats;

    /// <summary>In bytes: a file's beginning, which tells what it is.</summary>
    private const int StartSize = 4096;

    private static ReadOnlySpan<byte> TraceDat => [0x17, 0x08, 0x44];

    private static ReadOnlySpan<byte> PerfData => "PERFILE2"u8;

    /// <summary>The text, as UTF-8.</summary>
    /// <exception cref="TraceFormatException">Missing, unreadable, empty, damaged or binary.</exception>
    public static Stream Open(string path) => Open(OpenFile(path), path);

    /// <summary>The text, as UTF-8.</summary>
    /// <param name="file">The file's content, from its beginning; can be set back.</param>
    /// <param name="path">Its name.</param>
    /// <exception cref="TraceFormatException">Empty, damaged or binary.</exception>
    public static Stream Open(Stream file, string path)
    {
        try
        {
            return Decode(Decompress(file, path), path);
        }
        catch (InvalidDataException e)
        {
            file.Dispose();
            throw Damaged(path, 1, e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Compressed data that breaks off, or fails its check.</summary>
    public static TraceFormatException Damaged(
        string path,
        long line,
        InvalidDataException cause
    ) =>
        new(
            path,
            line,
            cause.Message,
            "a complete file (`gzip -t`, `xz -t` and `zstd -t` tell)",
            cause
        );

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TraceFormatException(path, 0, "there is no such file", Accepted, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TraceFormatException(path, 0, "the file cannot be read", Accepted, e);
        }
    }

    private static Stream Decompress(Stream file, string path)
    {
        Span<byte> start = stackalloc byte[8];
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        file.Position = 0;
        if (CompressedText.NotRead(start) is { } format)
        {
            throw new TraceFormatException(path, 0, $"this is {format}", Accepted);
        }
        Stream text = CompressedText.Of(file, start);
        if (text == file && !start.IsEmpty && NamedCompressed(path) is { } named)
        {
            throw new TraceFormatException(path, 0, named, Accepted);
        }
        return text;
    }

    private static string? NamedCompressed(string path) =>
        Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".GZ" => "named .gz but not gzipped",
            ".XZ" => "named .xz but not of that format",
            ".ZST" => "named .zst but not of that format",
            _ => null,
        };

    /// <summary>
    /// Text of Windows comes as UTF-16, with the mark of its byte order or without; a mark of UTF-8 is left out.
    /// </summary>
    private static Stream Decode(Stream content, string path)
    {
        byte[] start = new byte[StartSize];
        int length = content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> seen = start.AsSpan(0, length);
        if (seen.IsEmpty)
        {
            throw new TraceFormatException(path, 0, "the file is empty", Accepted);
        }
        if (seen.StartsWith(TraceDat))
        {
            throw Binary(path, "a trace.dat of trace-cmd", "`trace-cmd report FILE` prints it");
        }
        if (seen.StartsWith(PerfData))
        {
            throw Binary(path, "a perf.data", "`perf script --ns -i FILE` prints it");
        }
        (Encoding? encoding, int mark) = EncodingOf(seen);
        if (encoding is null && seen.Contains((byte)0))
        {
            throw new TraceFormatException(path, 0, "a binary file, not text", Accepted);
        }
        Stream text = ChainedStream.Of(new MemoryStream(start, mark, length - mark), content);
        return encoding is null
            ? text
            : Encoding.CreateTranscodingStream(text, encoding, Encoding.UTF8);
    }

    private static TraceFormatException Binary(string path, string what, string instead) =>
        new(path, 0, $"{what}: a binary recording, not text ({instead})", Accepted);

    /// <summary>UTF-16 if its mark or its zeros say so; else null. And the length of the mark.</summary>
    private static (Encoding? Encoding, int Mark) EncodingOf(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> utf8 = [0xef, 0xbb, 0xbf];
        ReadOnlySpan<byte> littleEndian = [0xff, 0xfe];
        ReadOnlySpan<byte> bigEndian = [0xfe, 0xff];
        if (start.StartsWith(utf8))
        {
            return (null, utf8.Length);
        }
        if (start.StartsWith(littleEndian))
        {
            return (Encoding.Unicode, littleEndian.Length);
        }
        if (start.StartsWith(bigEndian))
        {
            return (Encoding.BigEndianUnicode, bigEndian.Length);
        }
        if (
            start.Length < 4
            || (start[0] == 0) == (start[1] == 0)
            || (start[2] == 0) == (start[3] == 0)
        )
        {
            return (null, 0);
        }
        return (start[0] == 0 ? Encoding.BigEndianUnicode : Encoding.Unicode, 0);
    }
}
