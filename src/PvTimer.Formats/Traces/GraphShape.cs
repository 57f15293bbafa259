using System;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Lines of the function_graph tracer with its option funcgraph-abstime, in which events stand as comments:
/// "100.000100 |   0)               |  /* write_msr: 6e0, value e8d4c39480 */". Without the option its lines
/// have no times.
/// </summary>
internal static class GraphShape
{
    public static bool TryParse(ReadOnlySpan<byte> text, out TraceLine line)
    {
        line = default;
        text = text.TrimStart(Words.Blanks);
        ReadOnlySpan<byte> stamp = Words.Take(ref text);
        if (
            !text.StartsWith("|"u8)
            || !Words.TryParseStamp(stamp, out line.At, out line.Clock)
            || !TryReadCpu(text[1..].TrimStart(Words.Blanks), out line.Cpu, out text)
        )
        {
            return false;
        }
        line.Pid = TraceLine.UnknownPid;
        int open = text.IndexOf("/* "u8);
        if (open < 0)
        {
            line.Name = "function"u8;
            return text.Contains((byte)'|');
        }
        int close = text.LastIndexOf("*/"u8);
        return close > open && line.TryReadEvent(text[(open + 3)..close]);
    }

    /// <summary>"0)   1.000 us    |  ktime_get();": a function, without any time to go by.</summary>
    public static bool IsFunction(ReadOnlySpan<byte> text)
    {
        return TryReadCpu(text.TrimStart(Words.Blanks), out _, out ReadOnlySpan<byte> rest)
            && rest.Contains((byte)'|')
            && rest.IndexOf("/*"u8) < 0;
    }

    private static bool TryReadCpu(
        ReadOnlySpan<byte> text,
        out int cpu,
        out ReadOnlySpan<byte> rest
    )
    {
        cpu = 0;
        int digits = text.IndexOfAnyExcept(Words.Digits);
        rest = digits > 0 ? text[(digits + 1)..] : [];
        return digits > 0
            && text[digits] == ')'
            && Words.TryParse(text[..digits], out cpu)
            && cpu < TraceLine.MostCpus;
    }
}
