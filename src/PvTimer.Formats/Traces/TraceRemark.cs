using System;
using System.Globalization;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Lines that are not events: comments, and what the tracers say about themselves and about losses.
/// </summary>
internal static class TraceRemark
{
    private const string Entries = "entries-in-buffer/entries-written:";
    private const string Frequency = "tsc_khz:";

    /// <summary>Empty lines and the preamble of `trace-cmd report` mean nothing to a timer.</summary>
    public static bool IsIdleTalk(ReadOnlySpan<char> line) =>
        line.IsWhiteSpace()
        || line.StartsWith("cpus=", StringComparison.Ordinal)
        || line.StartsWith("version = ", StringComparison.Ordinal)
        || (
            line.StartsWith("CPU ", StringComparison.Ordinal)
            && line.TrimEnd().EndsWith("is empty", StringComparison.Ordinal)
        );

    /// <summary>
    /// "CPU:3 [LOST 123 EVENTS]" (ftrace), "CPU:3 [123 EVENTS DROPPED]" (trace-cmd), either without its
    /// number, or "PERF_RECORD_LOST lost 123" (perf script --show-lost-events).
    /// </summary>
    public static bool IsLoss(ReadOnlySpan<char> line, out long? count)
    {
        count = null;
        bool ours =
            line.StartsWith("CPU:", StringComparison.Ordinal)
            && (
                line.Contains("[LOST ", StringComparison.Ordinal)
                || line.Contains("EVENTS DROPPED]", StringComparison.Ordinal)
            );
        if (!ours && !line.Contains("PERF_RECORD_LOST", StringComparison.Ordinal))
        {
            return false;
        }
        ReadOnlySpan<char> after = ours
            ? line[(line.IndexOf('[') + 1)..]
            : AfterWord(line, "lost ");
        count = FirstNumber(after);
        return true;
    }

    /// <summary>How many events the ring buffer overwrote, from the header of ftrace; null elsewhere.</summary>
    public static long? Overwritten(ReadOnlySpan<char> comment)
    {
        ReadOnlySpan<char> after = AfterWord(comment, Entries);
        int slash = after.IndexOf('/');
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
    public static TscFrequency? FrequencyIn(ReadOnlySpan<char> comment) =>
        FirstNumber(AfterWord(comment, Frequency)) is long kilohertz and > 0 and <= 100_000_000
            ? TscFrequency.FromKilohertz(kilohertz)
            : null;

    private static ReadOnlySpan<char> AfterWord(ReadOnlySpan<char> line, string word)
    {
        int at = line.IndexOf(word, StringComparison.Ordinal);
        return at < 0 ? [] : line[(at + word.Length)..];
    }

    private static long? FirstNumber(ReadOnlySpan<char> text)
    {
        int start = text.IndexOfAnyInRange('0', '9');
        if (start < 0)
        {
            return null;
        }
        text = text[start..];
        int end = text.IndexOfAnyExceptInRange('0', '9');
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
