using System;
using System.Buffers;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Lines of the latency format: the CPU stands before its flags, without brackets or a space between them.
/// <code>
/// ftrace          "  &lt;idle&gt;-0         0d..1.    100us : event: body"      microseconds since the trace began
///                 "  &lt;idle&gt;-0         0d..1. 1234567: event: body"        a clock that counts no time
/// trace-cmd -l    "  &lt;idle&gt;-0        0d..1.100.000101: event: body"      no space before a long time
/// in dmesg        "[  100.000100]   &lt;idle&gt;-0  0d..1.    100us : event: body"  dumped when the kernel died
/// </code>
/// Behind "us" stands a space or a mark of delay (`+`, `!`, `#` and others).
/// </summary>
internal static class LatencyShape
{
    private static readonly SearchValues<byte> FirstFlags = SearchValues.Create(".dXbBD"u8);

    private const int FewestFlags = 3;
    private const int MostFlags = 8;

    /// <summary>Digits of the longest stamp, its point and the blanks before it.</summary>
    private const int LongestStamp = 40;

    public static bool TryParse(ReadOnlySpan<byte> text, out TraceLine line)
    {
        line = default;
        int from = 0;
        while (true)
        {
            int hyphen = text[from..].IndexOf((byte)'-');
            if (hyphen < 0)
            {
                return false;
            }
            hyphen += from;
            if (
                TryReadPidAndCpu(ref line, text[(hyphen + 1)..], out int length)
                && TryReadRest(ref line, text[(hyphen + 1 + length)..])
            )
            {
                line.Task = KernelLog.Strip(text[..hyphen]).Trim(Words.Blanks);
                return !line.Task.IsEmpty;
            }
            from = hyphen + 1;
        }
    }

    private static bool TryReadPidAndCpu(
        ref TraceLine line,
        ReadOnlySpan<byte> text,
        out int length
    )
    {
        length = 0;
        int pid = text.IndexOfAnyExcept(Words.Digits);
        if (pid <= 0 || !Words.TryParse(text[..pid], out line.Pid))
        {
            return false;
        }
        ReadOnlySpan<byte> rest = text[pid..].TrimStart(Words.Blanks);
        int cpu = rest.IndexOfAnyExcept(Words.Digits);
        length = text.Length - rest.Length + cpu;
        return cpu > 0
            && rest.Length < text.Length - pid
            && Words.TryParse(rest[..cpu], out line.Cpu)
            && line.Cpu < TraceLine.MostCpus
            && FirstFlags.Contains(rest[cpu]);
    }

    /// <summary>Flags and stamp: "d..1.    100us : ", "d..1.100.000101: ", "d..1. 1234567: ".</summary>
    private static bool TryReadRest(ref TraceLine line, ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> near = text.Length > LongestStamp ? text[..LongestStamp] : text;
        int colon = near.IndexOf((byte)':');
        if (colon < 0)
        {
            return false;
        }
        ReadOnlySpan<byte> columns = text[..colon].TrimEnd(Words.Blanks);
        int flags = columns.IndexOfAny(Words.Blanks);
        if (flags < 0)
        {
            flags = StartOfStamp(columns);
        }
        if (flags is < FewestFlags or > MostFlags)
        {
            return false;
        }
        line.Flags = columns[..flags];
        return TryReadStamp(ref line, columns[flags..].TrimStart(Words.Blanks))
            && line.TryReadEvent(text[(colon + 1)..]);
    }

    /// <summary>Where no space stands between them, the flags end in a point or a letter.</summary>
    private static int StartOfStamp(ReadOnlySpan<byte> columns)
    {
        const int Microseconds = 6;
        const int Nanoseconds = 9;
        ReadOnlySpan<byte> digits = columns;
        int unit = columns.LastIndexOf("us"u8);
        if (unit >= 0)
        {
            digits = columns[..unit];
        }
        int before = digits.LastIndexOfAnyExcept(Words.Digits);
        bool isFraction = digits.Length - before - 1 is Microseconds or Nanoseconds;
        if (unit < 0 && isFraction && before > FewestFlags && digits[before] == '.')
        {
            int seconds = digits[..before].LastIndexOfAnyExcept(Words.Digits);
            return seconds + 1 < before && seconds >= FewestFlags ? seconds + 1 : before + 1;
        }
        return before + 1;
    }

    private static bool TryReadStamp(ref TraceLine line, ReadOnlySpan<byte> text)
    {
        int unit = text.LastIndexOf("us"u8);
        if (unit < 0)
        {
            return Words.TryParseStamp(text, out line.At, out line.Clock);
        }
        const int Mark = 1;
        line.Clock = TraceClock.Seconds;
        return text.Length - unit - 2 <= Mark
            && Words.TryParseMicroseconds(text[..unit], out line.At);
    }
}
