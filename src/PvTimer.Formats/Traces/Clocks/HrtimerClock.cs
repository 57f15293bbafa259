using System;
using System.Collections.Generic;

namespace PvTimer.Formats.Traces.Clocks;

/// <summary>
/// The guest's clock-monotonic on its TSC, where hrtimer events were recorded: `hrtimer_start` says when a timer is
/// to expire, in nanoseconds of that clock, and the write to IA32_TSC_DEADLINE that follows it says the same in
/// cycles.
/// </summary>
/// <remarks>
/// Linux reads the clock, then RDTSC, and writes the TSC plus what is left: the write's value is the timer's expiry, or
/// later by the time between the two readings, never earlier.
/// </remarks>
/// <param name="Line">Clock-monotonic in nanoseconds to the TSC.</param>
internal sealed record HrtimerClock(ClockLine Line)
{
    private const double NanosecondsPerMicrosecond = 1_000;

    /// <summary>Later times are "never" (KTIME_MAX).</summary>
    private const ulong Never = 1UL << 60;

    /// <summary>Null if too few writes follow a start directly.</summary>
    public static HrtimerClock? Of(RecordedTrace trace)
    {
        List<ClockBound> notPassed = [];
        Dictionary<int, ulong> started = [];
        foreach (TraceEvent next in trace.Events)
        {
            if (next.Name == "hrtimer_start" && next.TryGetField("expires", out ulong expires))
            {
                started[next.Cpu] = expires;
            }
            else if (
                GuestClockBounds.IsDeadline(next, out ulong deadline)
                && started.Remove(next.Cpu, out expires)
                && expires < Never
                && deadline is > 0 and < Never
            )
            {
                notPassed.Add(new ClockBound(expires, deadline));
            }
            else if (!next.Name.StartsWith("hrtimer_", StringComparison.Ordinal))
            {
                started.Remove(next.Cpu);
            }
        }
        return ClockFit.OfNotPassed(notPassed, NanosecondsPerMicrosecond) is { } fit
            ? new HrtimerClock(fit.Line)
            : null;
    }

    /// <summary>
    /// How far the recording's clock lies below the truth, in cycles, at least and at most. `hrtimer_expire_entry
    /// now=` says when the clock was read: after the interrupt's entry and before this event. Both null where nothing
    /// says so.
    /// </summary>
    /// <param name="trace">The recording, its clock in seconds.</param>
    /// <param name="line">What its clock was taken for.</param>
    public (Int128? Least, Int128? Most) Room(RecordedTrace trace, ClockLine line)
    {
        (Int128? least, Int128? most) = (null, null);
        Dictionary<int, ulong> entered = [];
        foreach (TraceEvent next in trace.Events)
        {
            if (next.Name == "local_timer_entry")
            {
                entered[next.Cpu] = next.At;
            }
            else if (next.Name == "local_timer_exit")
            {
                entered.Remove(next.Cpu);
            }
            else if (
                next.Name == "hrtimer_expire_entry"
                && next.TryGetField("now", out ulong now)
                && entered.TryGetValue(next.Cpu, out ulong entry)
            )
            {
                Int128 read = Line.At(now);
                least = Int128.Max(least ?? Int128.MinValue, read - line.At(next.At));
                most = Int128.Min(most ?? Int128.MaxValue, read - line.At(entry));
            }
        }
        return (least, most);
    }
}
