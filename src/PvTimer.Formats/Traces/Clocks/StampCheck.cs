using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces.Clocks;

/// <summary>
/// Refuses recordings whose stamps do not tell time finely enough, and those whose whole numbers are no TSC. A recording
/// does not name its clock; the stamps themselves give it away.
/// </summary>
/// <remarks>
/// <code>
/// counter   one more with each event. Two events of a TSC are hundreds of cycles apart: writing one takes that.
/// uptime    jiffies, so that events share their stamps; or seconds that are all multiples of a jiffy
/// others    most deadlines lie far away from the stamps of their writes
/// </code>
/// </remarks>
internal static class StampCheck
{
    public const string Accepted =
        "a recording under trace_clock x86-tsc, or one in seconds (local, global, mono, boot, perf)";

    /// <summary>With fewer events a coincidence says nothing.</summary>
    private const int FewestEvents = 16;

    private const int FewestDeadlines = 4;

    private const int FewestCyclesApart = 64;

    private static readonly (ulong Nanoseconds, string Name)[] CoarseSteps =
    [
        (10_000_000, "10 ms"),
        (4_000_000, "4 ms"),
        (1_000_000, "1 ms"),
        (100_000, "100 us"),
    ];

    /// <exception cref="TraceFormatException">The clock is `counter` or `uptime`.</exception>
    public static void RefuseCoarseClocks(RecordedTrace trace)
    {
        if (trace.Events.Length < FewestEvents)
        {
            return;
        }
        if (trace.Clock == TraceClock.Seconds)
        {
            RefuseJiffiesInSeconds(trace);
            return;
        }
        ulong[] stamps = new ulong[trace.Events.Length];
        for (int i = 0; i < stamps.Length; i++)
        {
            stamps[i] = trace.Events.StampOf(i);
        }
        Array.Sort(stamps);
        ulong typical = stamps[stamps.Length * 3 / 4] - stamps[stamps.Length / 4];
        if (typical >= (ulong)stamps.Length / 2 * FewestCyclesApart)
        {
            return;
        }
        int distinct = 1 + stamps.Zip(stamps.Skip(1)).Count(pair => pair.First != pair.Second);
        throw distinct > stamps.Length / 2
            ? Refusal(trace, "its clock counts events, not time (trace_clock counter)")
            : Refusal(
                trace,
                "its clock counts jiffies, too coarse for the lateness of a timer (trace_clock uptime)"
            );
    }

    /// <summary>Refuses whole numbers that are no TSC of the guest.</summary>
    /// <exception cref="TraceFormatException">Most deadlines lie far from their writes.</exception>
    public static void RefuseFarDeadlines(RecordedTrace trace, TscFrequency frequency)
    {
        const int SecondsAhead = 600;
        Int128 second = frequency.CyclesIn(VirtualDuration.FromSeconds(1));
        long all = 0;
        long near = 0;
        foreach (Int128 distance in Distances(trace))
        {
            all++;
            near += distance > -second && distance < second * SecondsAhead ? 1 : 0;
        }
        if (all < FewestDeadlines || near >= (all + 1) / 2)
        {
            return;
        }
        Int128[] distances = [.. Distances(trace).Order()];
        Int128 median = distances[distances.Length / 2];
        string side = median < 0 ? "before" : "after";
        string seconds = ((double)Int128.Abs(median) / (double)second).ToString(
            "0",
            CultureInfo.InvariantCulture
        );
        throw Refusal(
            trace,
            $"most deadlines lie far from their writes, {seconds} s {side} them: its clock is not the guest's TSC"
        );
    }

    /// <summary>From each write of a deadline to the deadline, in cycles.</summary>
    private static IEnumerable<Int128> Distances(RecordedTrace trace)
    {
        foreach (TraceEvent next in trace.Events)
        {
            if (GuestClockBounds.IsDeadline(next, out ulong deadline) && deadline != 0)
            {
                yield return (Int128)deadline - next.At;
            }
        }
    }

    private static void RefuseJiffiesInSeconds(RecordedTrace trace)
    {
        foreach ((ulong step, string name) in CoarseSteps)
        {
            long coarse = trace.Events.LongCount(next => next.At % step == 0);
            if (coarse * 100 >= trace.Events.Length * 99L)
            {
                throw Refusal(
                    trace,
                    $"its clock moves in steps of {name}, too coarse for the lateness of a timer (trace_clock uptime, or a clock of jiffies)"
                );
            }
        }
    }

    private static TraceFormatException Refusal(RecordedTrace trace, string what) =>
        new(trace.Path, 0, what, Accepted);
}
