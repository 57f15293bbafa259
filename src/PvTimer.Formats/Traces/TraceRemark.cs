using System;
using System.Globalization;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Lines that are not events: comments, and what the tracers say about themselves and about losses.
/// </summary>
internal static class TraceRemark
{
    private static ReadOnlySpan<byte> Entries => "entries-in-buffer/entries-written:"u8;

    private static ReadOnlySpan<byte> Frequency => "tsc_khz:"u8;

    /// <summary>Empty lines and the preamble of `trace-cmd report` mean nothing to a timer.</summary>
    public static bool IsIdleTalk(ReadOnlySpan<byte> line) =>
        line.Trim(" \t"u8).IsEmpty
        || line.StartsWith("cpus="u8)
        || line.StartsWith("version = "u8)
        || (line.StartsWith("CPU "u8) && line.TrimEnd((byte)' ').EndsWith("is empty"u8));

    /// <summary>
    /// "CPU:3 [LOST 123 EVENTS]" (ftrace), "CPU:3 [123 EVENTS DROPPED]" (trace-cmd), either without its
    /// number, or "PERF_RECORD_LOST lost 123" (perf script --show-lost-events).
    /// </summary>
    public static bool IsLoss(ReadOnlySpan<byte> line, out long? count)
    {
        count = null;
        bool ours =
            line.StartsWith("CPU:"u8)
            && (line.IndexOf("[LOST "u8) >= 0 || line.IndexOf("EVENTS DROPPED]"u8) >= 0);
        if (!ours && line.IndexOf("PERF_RECORD_LOST"u8) < 0)
        {
            return false;
        }
        ReadOnlySpan<byte> after = ours
            ? line[(line.IndexOf((byte)'[') + 1)..]
            : AfterWord(line, "lost "u8);
        count = FirstNumber(after);
        return true;
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
    /// "# tsc_khz: 2499998". No tracer writes it: whoever keeps a trace may add it, and then needs no
    /// parameter.
    /// </summary>
    public static TscFrequency? FrequencyIn(ReadOnlySpan<byte> comment) =>
        FirstNumber(AfterWord(comment, Frequency)) is long kilohertz and > 0 and <= 100_000_000
            ? TscFrequency.FromKilohertz(kilohertz)
            : null;

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
