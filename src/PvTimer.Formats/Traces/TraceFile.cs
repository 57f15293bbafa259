using System;
using System.IO;
using System.IO.Compression;

namespace PvTimer.Formats.Traces;

/// <summary>Opens the text of a trace, gzipped or plain, and refuses what is neither.</summary>
internal static class TraceFile
{
    public const string Accepted =
        "text of ftrace, `trace-cmd report` or `perf script`, plain or gzipped";

    /// <summary>
    /// Left alone, .NET takes truncated gzip data for complete. It looks at the switch once, when the process
    /// decompresses for the first time.
    /// </summary>
    static TraceFile() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    private static ReadOnlySpan<byte> GzipMagic => [0x1f, 0x8b];

    private static ReadOnlySpan<byte> TraceDatMagic => [0x17, 0x08, 0x44];

    private static ReadOnlySpan<byte> PerfDataMagic => "PERFILE2"u8;

    public static Stream Open(string path)
    {
        FileStream file = OpenFile(path);
        try
        {
            return Unwrap(file, path);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

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

    private static Stream Unwrap(FileStream file, string path)
    {
        Span<byte> start = stackalloc byte[8];
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        file.Position = 0;
        if (start.IsEmpty)
        {
            throw new TraceFormatException(path, 0, "the file is empty", Accepted);
        }
        if (start.StartsWith(GzipMagic))
        {
            return new GZipStream(file, CompressionMode.Decompress);
        }
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            throw new TraceFormatException(path, 0, "named .gz but not gzipped", Accepted);
        }
        if (start.StartsWith(TraceDatMagic) || start.StartsWith(PerfDataMagic))
        {
            throw new TraceFormatException(path, 0, "a binary recording, not text", Accepted);
        }
        return file;
    }
}
