using System;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Recognises what people paste although no event can be read from it: tables of other tools, and traces
/// printed in a way that leaves out what a replay needs.
/// </summary>
internal sealed class OtherOutput
{
    /// <summary>Lines that are looked at: the tools say early what they are.</summary>
    private const int LinesRead = 200;

    private int _lines;
    private int _logged;

    private string? _what;

    /// <summary>What a file without events is, in words; null if it is nothing that is known.</summary>
    public string? Refusal =>
        _what
        ?? (
            _logged * 2 > _lines
                ? "a kernel's log, without the events of a trace (ftrace_dump_on_oops puts them there)"
                : null
        );

    /// <summary>Looks at one line that is no event.</summary>
    public void Look(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> text = line.Trim(Words.Blanks);
        if (text.IsEmpty || _what is not null || _lines >= LinesRead)
        {
            return;
        }
        _lines++;
        _logged += KernelLog.Is(line) ? 1 : 0;
        _what = OfTable(text) ?? OfTrace(text);
    }

    private static string? OfTable(ReadOnlySpan<byte> text)
    {
        if (Starts(text, "kvm statistics"u8) || Has(text, "%Total"u8, "CurAvg/s"u8))
        {
            return "the table of kvm_stat: counts, no events with their times";
        }
        if (Starts(text, "Analyze events for"u8) || Has(text, "VM-EXIT"u8, "Samples%"u8))
        {
            return "the report of perf kvm stat: sums, no events with their times (`perf script` prints those of its perf.data.guest)";
        }
        if (
            Starts(text, "# /dev/cpu_dma_latency"u8)
            || Starts(text, "# Histogram"u8)
            || (Starts(text, "T:"u8) && Has(text, " I:"u8, " C:"u8))
        )
        {
            return "the output of cyclictest: what it measured, without the timer's events";
        }
        if (Starts(text, "# event histogram"u8) || Has(text, "hitcount:"u8, "}"u8))
        {
            return "a histogram of ftrace: sums, no events with their times";
        }
        if (Starts(text, "# Overhead"u8) || Starts(text, "Performance counter stats"u8))
        {
            return "a report of perf: sums, no events with their times (`perf script` prints them)";
        }
        return OfMeter(text);
    }

    private static string? OfMeter(ReadOnlySpan<byte> text)
    {
        if (Starts(text, "Attaching "u8) && Has(text, " probe"u8, "..."u8))
        {
            return "the output of bpftrace: what its script prints, not the events";
        }
        if (Starts(text, "Timer Latency"u8) || Starts(text, "# RTLA timerlat"u8))
        {
            return "the output of rtla timerlat: what it measured, without the timer's events";
        }
        if (Has(text, "Avg_MHz"u8, "Bzy_MHz"u8))
        {
            return "the table of turbostat: averages, no events with their times";
        }
        if (Starts(text, "CPU0"u8))
        {
            return "/proc/interrupts: counts, no events with their times";
        }
        return Starts(text, "Timer List Version"u8)
            ? "/proc/timer_list: the timers of one moment, no events with their times"
            : null;
    }

    private static string? OfTrace(ReadOnlySpan<byte> text)
    {
        if (Starts(text, "# tracer: function_graph"u8) || GraphShape.IsFunction(text))
        {
            return "function_graph output: its lines have no times (use the tracer nop, or the option funcgraph-abstime)";
        }
        if (text[0] == '[' && Has(text, "] (+"u8, "{ cpu_id = "u8))
        {
            return "the output of babeltrace: LTTng records no MSR writes";
        }
        if (text[0] == '{' || Starts(text, "[{"u8))
        {
            return "JSON, as of Perfetto or Chrome, not text of a tracer";
        }
        if (Has(text, " ms): "u8, "("u8))
        {
            return "the output of perf trace: system calls (`perf script` prints the events)";
        }
        return IsPerfWithoutCpu(text)
            ? "the output of perf script without CPUs (add `-F +cpu`, and -a when recording)"
            : null;
    }

    /// <summary>"swapper     0   100.000100:   msr:write_msr: 6e0, value 1"</summary>
    private static bool IsPerfWithoutCpu(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            ReadOnlySpan<byte> word = Words.Take(ref text);
            if (
                word.EndsWith(":"u8) && Words.TryParseStamp(word[..^1], out _, out TraceClock clock)
            )
            {
                ReadOnlySpan<byte> name = Words.Take(ref text);
                return clock == TraceClock.Seconds
                    && name.EndsWith(":"u8)
                    && name[..^1].Contains((byte)':');
            }
        }
        return false;
    }

    private static bool Starts(ReadOnlySpan<byte> text, ReadOnlySpan<byte> with) =>
        text.StartsWith(with);

    private static bool Has(
        ReadOnlySpan<byte> text,
        ReadOnlySpan<byte> one,
        ReadOnlySpan<byte> two
    ) => text.IndexOf(one) >= 0 && text.IndexOf(two) >= 0;
}
