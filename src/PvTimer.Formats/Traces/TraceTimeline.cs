using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Maps the time stamps of a trace to the guest's TSC. With a TSC clock they are the same; with a clock
/// in seconds TSC = offset + time * frequency, and the offset is read off the trace itself.
/// </summary>
/// <remarks>
/// <para>
/// Why the offset can be known: deadlines are TSC values, and no timer interrupt comes before its deadline. Let
/// d be a deadline and c the time of its interrupt in cycles since the clock's zero; then d - c is at most
/// the offset, and equal to it when the interrupt was not late at all. So offset = max(d - c), taken over
/// interrupts before which exactly one deadline was written on their CPU since its last one (the pair is certain then),
/// without those that lie more than 1 ms beyond the median.
/// </para>
/// <para>
/// What that costs: all latenesses come out too small by the smallest one (about a microsecond), and a clock
/// that runs k ppm off the frequency given adds k microseconds per second of trace. Use x86-tsc for measurements.
/// </para>
/// </remarks>
internal sealed class TraceTimeline
{
    private const string AcceptedFrequency =
        "a TSC frequency with the file (`tsc`, such as 2499998khz), or a line \"# tsc_khz: 2499998\" in it";

    private readonly TraceClock _clock;
    private readonly Int128 _offset;

    private TraceTimeline(TraceClock clock, TscFrequency frequency, Int128 offset)
    {
        _clock = clock;
        Frequency = frequency;
        _offset = offset;
    }

    public TscFrequency Frequency { get; }

    /// <param name="trace">The trace.</param>
    /// <param name="given">The TSC's frequency; one in the file itself goes first.</param>
    /// <exception cref="TraceFormatException">
    /// No frequency is known, or a clock in seconds cannot be aligned.
    /// </exception>
    public static TraceTimeline Of(RecordedTrace trace, TscFrequency? given)
    {
        TscFrequency frequency =
            trace.Frequency
            ?? given
            ?? throw new TraceFormatException(
                trace.Path,
                0,
                "the TSC's frequency is not known",
                AcceptedFrequency
            );
        Int128 offset =
            trace.Clock == TraceClock.Seconds ? FindOffset(trace, frequency) : Int128.Zero;
        return new TraceTimeline(trace.Clock, frequency, offset);
    }

    /// <summary>Where a damaged stamp would lie outside of the counter, the counter's end.</summary>
    public TscTicks At(ulong stamp) =>
        _clock == TraceClock.TscCycles
            ? new TscTicks(stamp)
            : new TscTicks(
                (ulong)Int128.Clamp(_offset + Cycles(stamp, Frequency), 0, long.MaxValue)
            );

    private static Int128 Cycles(ulong nanoseconds, TscFrequency frequency) =>
        (Int128)nanoseconds * frequency.Kilohertz / 1_000_000;

    private static Int128 FindOffset(RecordedTrace trace, TscFrequency frequency)
    {
        List<Int128> distances = [.. CertainDistances(trace, frequency).Order()];
        if (distances.Count == 0)
        {
            throw new TraceFormatException(
                trace.Path,
                0,
                "its clock counts seconds and no timer interrupt has a certain deadline to align it by",
                "trace_clock x86-tsc, or local_timer_entry and write_msr events of the same CPU"
            );
        }
        Int128 limit =
            distances[distances.Count / 2]
            + frequency.CyclesIn(VirtualDuration.FromMilliseconds(1));
        return distances.Last(distance => distance <= limit);
    }

    private static IEnumerable<Int128> CertainDistances(RecordedTrace trace, TscFrequency frequency)
    {
        Dictionary<int, (int Writes, ulong Deadline)> sinceInterrupt = [];
        foreach (TraceEvent next in trace.Events)
        {
            (int writes, ulong deadline) = sinceInterrupt.GetValueOrDefault(next.Cpu);
            if (
                next.Name == "write_msr"
                && next.TryGetMsrWrite(out MsrWriteEvent write)
                && write is { Msr: MsrIndex.Ia32TscDeadline, Failed: false }
            )
            {
                sinceInterrupt[next.Cpu] = (writes + 1, write.Value);
            }
            else if (next.Name == "local_timer_entry")
            {
                if (writes == 1 && deadline != 0)
                {
                    yield return deadline - Cycles(next.At, frequency);
                }
                sinceInterrupt[next.Cpu] = default;
            }
        }
    }
}
