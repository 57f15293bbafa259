using System;
using System.IO;
using System.IO.Compression;

namespace PvTimer.Formats.Compression;

/// <summary>
/// Decompresses gzip, of one member or several, and does not take a truncated file for a whole one, as .NET's
/// own stream does.
/// </summary>
/// <remarks>
/// .NET checks each member's sum and length, but not that the last member is there to its end. So one more
/// member is put behind the file, and its content must be what comes out last: where the file breaks off, the
/// additional member is taken for the missing part of the broken one, and fails its check.
/// </remarks>
/// <param name="file">The compressed file; disposed with this one.</param>
internal sealed class GzipText(Stream file) : ForwardStream
{
    private const int BufferSize = 32 * 1024;

    /// <summary>No text has it, for text has no NUL.</summary>
    private static readonly byte[] Mark = [0, 1, 2, 3, 0xff, 0xfe, 0xfd, 0];

    private static readonly byte[] LastMember = Compress(Mark);

    private readonly GZipStream _gzip = new(
        ChainedStream.Of(file, new MemoryStream(LastMember)),
        CompressionMode.Decompress
    );
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;
    private bool _whole;

    /// <exception cref="InvalidDataException">The data is damaged or breaks off.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!_whole && _end - _start <= Mark.Length)
        {
            Fill();
        }
        int ready = _whole ? _end - _start : _end - _start - Mark.Length;
        int taken = Math.Min(ready, buffer.Length);
        _buffer.AsSpan(_start, taken).CopyTo(buffer);
        _start += taken;
        return taken;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>More data behind what is left; at the end the mark is taken off.</summary>
    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        int read = _gzip.Read(_buffer, _end, BufferSize - _end);
        _end += read;
        if (read > 0)
        {
            return;
        }
        if (!_buffer.AsSpan(0, _end).EndsWith(Mark))
        {
            throw new InvalidDataException("The gzip data breaks off.");
        }
        _end -= Mark.Length;
        _whole = true;
    }

    private static byte[] Compress(byte[] content)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }
        return packed.ToArray();
    }
}
