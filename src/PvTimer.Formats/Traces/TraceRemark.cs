using System;
using System.Globalization;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>What a line that is no event can be.</summary>
internal enum TraceRemarkKind
{
    /// <summary>Nothing that is known.</summary>
    None,
    Preamble,
    Stack,
    PerfRecord,
    Loss,
    KernelLog,
    Markup,
}

/// <summary>
/// Lines that are not events: comments, call stacks, and what the tracers say about themselves and about losses.
/// </summary>
internal static class TraceRemark
{
    private static ReadOnlySpan<byte> Entries => "entries-in-buffer/entries-written:"u8;

    private static ReadOnlySpan<byte> Frequency => "tsc_khz:"u8;

    public static ReadOnlySpan<byte> PerfRecord => "PERF_RECORD_"u8;

    /// <param name="line">The line.</param>
    /// <param name="lost">Of a loss: how many events, if it says so.</param>
    public static TraceRemarkKind KindOf(ReadOnlySpan<byte> line, out long? lost)
    {
        lost = null;
        if (IsPreamble(line))
        {
            return TraceRemarkKind.Preamble;
        }
        if (IsLoss(line, out lost))
        {
            return TraceRemarkKind.Loss;
        }
        if (line.IndexOf(PerfRecord) >= 0)
        {
            return TraceRemarkKind.PerfRecord;
        }
        if (IsStack(line))
        {
            return TraceRemarkKind.Stack;
        }
        if (KernelLog.Is(line))
        {
            return TraceRemarkKind.KernelLog;
        }
        return IsMarkup(line.Trim(Words.Blanks)) ? TraceRemarkKind.Markup : TraceRemarkKind.None;
    }

    /// <summary>How many events the ring buffer overwrote, from the header of ftrace; null elsewhere.</summary>
    public static long? Overwritten(ReadOnlySpan<byte> comment)
    {
        ReadOnlySpan<byte> after = AfterWord(comment, Entries);
        int slash = after.IndexOf((byte)'/');
        if (slash < 0)
        {
            return null;
        }
        return FirstNumber(after[(slash + 1)..]) - FirstNumber(after);
    }

    /// <summary>
    /// "# tsc_khz: 2499998". No tracer writes it: who keeps a trace may add it, and then needs no parameter.
    /// </summary>
    public static TscFrequency? FrequencyIn(ReadOnlySpan<byte> comment) =>
        FirstNumber(AfterWord(comment, Frequency)) is long kilohertz and > 0 and <= 100_000_000
            ? TscFrequency.FromKilohertz(kilohertz)
            : null;

    /// <summary>
    /// Empty lines, and what `trace-cmd report` says before the events, behind the recording's name where it
    /// reads several: "guest.dat: cpus=2".
    /// </summary>
    private static bool IsPreamble(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> text = line.Trim(Words.Blanks);
        int name = text.IndexOf(": "u8);
        if (name > 0 && !text[..name].Contains((byte)' '))
        {
            text = text[(name + 2)..].TrimStart(Words.Blanks);
        }
        return text.IsEmpty
            || text.StartsWith("cpus="u8)
            || text.StartsWith("version = "u8)
            || text.StartsWith("trace-cmd version "u8)
            || (text.StartsWith("CPU "u8) && text.EndsWith("is empty"u8))
            || line.StartsWith("Dumping ftrace buffer:"u8)
            || line.StartsWith("(ftrace buffer empty)"u8);
    }

    /// <summary>
    /// "CPU:3 [LOST 123 EVENTS]" (ftrace), "CPU:3 [123 EVENTS DROPPED]" (trace-cmd), either without its
    /// number, or "PERF_RECORD_LOST lost 123" (perf script --show-lost-events).
    /// </summary>
    private static bool IsLoss(ReadOnlySpan<byte> line, out long? count)
    {
        count = null;
        int cpu = line.IndexOf("CPU:"u8);
        bool ours =
            cpu >= 0 && (line.IndexOf("[LOST "u8) > cpu || line.IndexOf("EVENTS DROPPED]"u8) > cpu);
        if (!ours && line.IndexOf("PERF_RECORD_LOST"u8) < 0)
        {
            return false;
        }
        ReadOnlySpan<byte> after = ours
            ? line[(line.LastIndexOf((byte)'[') + 1)..]
            : AfterWord(line, "lost "u8);
        count = FirstNumber(after);
        return true;
    }

    /// <summary>
    /// " => function", "&lt;stack trace&gt;" (ftrace, trace-cmd), "  ffffffff81000000 function+0x4a
    /// ([kernel.kallsyms])" (`perf script`), and the functions of function_graph.
    /// </summary>
    private static bool IsStack(ReadOnlySpan<byte> line)
    {
        const int LeastIndent = 8;
        ReadOnlySpan<byte> text = line.TrimStart(Words.Blanks);
        if (
            text.StartsWith("=>"u8)
            || text.TrimEnd(Words.Blanks).EndsWith("stack trace>"u8)
            || GraphShape.IsFunction(text)
        )
        {
            return true;
        }
        bool indented =
            line.Length - text.Length >= LeastIndent || (line.Length > 0 && line[0] == '\t');
        if (!indented)
        {
            return false;
        }
        ReadOnlySpan<byte> address = Words.Take(ref text);
        return !address.ContainsAnyExcept(Words.HexDigits)
            && (text.IsEmpty || text.EndsWith(")"u8) || text.EndsWith("]"u8));
    }

    /// <summary>A line of nothing but tags, as at the end of a page.</summary>
    private static bool IsMarkup(ReadOnlySpan<byte> text) =>
        text.StartsWith("<"u8)
        && text.EndsWith(">"u8)
        && text.Length > 2
        && (char.IsAsciiLetter((char)text[1]) || text[1] is (byte)'/' or (byte)'!');

    private static ReadOnlySpan<byte> AfterWord(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word)
    {
        int at = line.IndexOf(word);
        return at < 0 ? [] : line[(at + word.Length)..];
    }

    private static long? FirstNumber(ReadOnlySpan<byte> text)
    {
        int start = text.IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0)
        {
            return null;
        }
        text = text[start..];
        int end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return long.TryParse(
            end < 0 ? text : text[..end],
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out long number
        )
            ? number
            : null;
    }
}
