using System;
using System.IO;

namespace PvTimer.Formats.Traces;

/// <summary>
/// The lines of UTF-8 text, one after the other, without a string for each. A line ends at \n, or \r\n, or the
/// text's end.
/// </summary>
internal sealed class Utf8Lines(Stream text) : IDisposable
{
    /// <summary>In bytes. No tracer writes a line of a quarter of this.</summary>
    public const int LongestLine = 32 * 1024;

    private readonly byte[] _buffer = new byte[4 * LongestLine];
    private int _start;
    private int _end;
    private bool _ended;

    public void Dispose() => text.Dispose();

    /// <summary>The next line, without its end; valid until the next call.</summary>
    /// <param name="line">Of a line that is too long its first <see cref="LongestLine"/> bytes.</param>
    /// <param name="tooLong">The rest of the line was read over.</param>
    /// <returns>False at the end of the text.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line, out bool tooLong)
    {
        tooLong = false;
        int searched = 0;
        while (true)
        {
            int found = _buffer
                .AsSpan(_start + searched, _end - _start - searched)
                .IndexOf((byte)'\n');
            if (found >= 0 && searched + found <= LongestLine)
            {
                line = Take(searched + found, 1);
                return true;
            }
            if (found >= 0 || _end - _start > LongestLine)
            {
                tooLong = true;
                line = Take(LongestLine, 0);
                return true;
            }
            searched = _end - _start;
            if (!Fill())
            {
                line = Take(searched, 0);
                return searched > 0;
            }
        }
    }

    /// <summary>Reads over what is left of a line that was too long. Overwrites what was returned.</summary>
    public void SkipRest()
    {
        while (true)
        {
            int found = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (found >= 0)
            {
                _start += found + 1;
                return;
            }
            _start = _end;
            if (!Fill())
            {
                return;
            }
        }
    }

    private ReadOnlySpan<byte> Take(int length, int terminator)
    {
        ReadOnlySpan<byte> line = _buffer.AsSpan(_start, length);
        _start += length + terminator;
        return line.TrimEnd((byte)'\r');
    }

    /// <summary>More bytes behind those that are there; false if there are none.</summary>
    private bool Fill()
    {
        if (_ended)
        {
            return false;
        }
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        int read = text.Read(_buffer, _end, _buffer.Length - _end);
        _ended = read == 0;
        _end += read;
        return read > 0;
    }
}
