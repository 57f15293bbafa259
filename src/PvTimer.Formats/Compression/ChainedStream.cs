using System;
using System.IO;

namespace PvTimer.Formats.Compression;

/// <summary>Streams one behind the other, each opened where the one before it has ended.</summary>
/// <param name="next">The next stream, or null after the last one.</param>
internal sealed class ChainedStream(Func<Stream?> next) : ForwardStream
{
    private Stream? _current = next();

    public override int Read(Span<byte> buffer)
    {
        while (_current is not null)
        {
            int read = _current.Read(buffer);
            if (read > 0)
            {
                return read;
            }
            _current.Dispose();
            _current = next();
        }
        return 0;
    }

    /// <summary>One stream behind the other.</summary>
    public static ChainedStream Of(Stream first, Stream second)
    {
        int opened = 0;
        return new ChainedStream(() =>
            opened++ switch
            {
                0 => first,
                1 => second,
                _ => null,
            }
        );
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // Those that were not reached are closed as well.
            while (_current is not null)
            {
                _current.Dispose();
                _current = next();
            }
        }
        base.Dispose(disposing);
    }
}
