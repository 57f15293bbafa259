using System;
using System.IO;
using SharpCompress.Compressors.Xz;
using ZstdSharp;

namespace PvTimer.Formats.Compression;

/// <summary>
/// Text out of a compressed file, recognised by its first bytes. Whatever is wrong with the data, the libraries'
/// many exceptions come out as one.
/// </summary>
internal sealed class CompressedText : ForwardStream
{
    private readonly Stream _text;
    private readonly string _format;

    private CompressedText(Stream text, string format)
    {
        _text = text;
        _format = format;
    }

    /// <summary>What is read, in words.</summary>
    public const string Formats = "gzip, xz or zstd";

    private static ReadOnlySpan<byte> Gzip => [0x1f, 0x8b];

    private static ReadOnlySpan<byte> Xz => [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0];

    private static ReadOnlySpan<byte> Zstd => [0x28, 0xb5, 0x2f, 0xfd];

    /// <summary>The text of a file, decompressed if need be; the file is disposed with it.</summary>
    /// <param name="file">At its beginning; can be sought in.</param>
    /// <param name="start">Its first bytes.</param>
    public static Stream Of(Stream file, ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(Gzip))
        {
            return new CompressedText(new GzipText(file), "gzip");
        }
        if (start.StartsWith(Xz))
        {
            // A file may hold several xz streams; the library reads one.
            return new CompressedText(
                new ChainedStream(() => file.Position < file.Length ? new XZStream(file) : null),
                "xz"
            );
        }
        return start.StartsWith(Zstd)
            ? new CompressedText(new DecompressionStream(file, leaveOpen: false), "zstd")
            : file;
    }

    /// <summary>The name of a compression or an archive that is not read; null for anything else.</summary>
    public static string? NotRead(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("BZh"u8))
        {
            return "bzip2";
        }
        if (start.StartsWith("PK\x03\x04"u8))
        {
            return "a zip archive";
        }
        ReadOnlySpan<byte> sevenZip = [(byte)'7', (byte)'z', 0xbc, 0xaf];
        if (start.StartsWith(sevenZip))
        {
            return "a 7z archive";
        }
        ReadOnlySpan<byte> lz4 = [0x04, 0x22, 0x4d, 0x18];
        return start.StartsWith(lz4) ? "lz4" : null;
    }

    /// <exception cref="InvalidDataException">The data is damaged or breaks off.</exception>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _text.Read(buffer);
        }
        catch (Exception e) when (e is EndOfStreamException or not IOException)
        {
            throw new InvalidDataException(
                $"the {_format} data is damaged or truncated from here on",
                e
            );
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _text.Dispose();
        }
        base.Dispose(disposing);
    }
}
