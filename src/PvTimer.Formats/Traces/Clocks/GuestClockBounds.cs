using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Msrs;

namespace PvTimer.Formats.Traces.Clocks;

/// <summary>What a recording made inside of a guest tells of its clock and the TSC.</summary>
/// <remarks>
/// A deadline is a value of the TSC. Linux computes it as what RDTSC reads plus a positive distance, so before the
/// write, at the event that precedes it on its CPU, the TSC had not reached it; and when its interrupt comes, it had.
/// </remarks>
internal static class GuestClockBounds
{
    /// <summary>
    /// Interrupts: the TSC had reached the deadline. Of each interrupt the last write before it on its CPU. A CPU
    /// that records nothing of its idle loop, which writes deadlines too, counts only where no CPU does.
    /// </summary>
    /// <param name="trace">The recording.</param>
    /// <param name="near">
    /// The clock to within a tenth of a millisecond; null if it is not known yet. With it, interrupts are
    /// left out that an earlier deadline may have raised.
    /// </param>
    public static List<ClockBound> Reached(RecordedTrace trace, ClockLine? near)
    {
        HashSet<int> recordsIdle =
        [
            .. trace.Events.Where(next => next.Name == "cpu_idle").Select(next => next.Cpu),
        ];
        List<ClockBound> bounds = [];
        Dictionary<int, PendingDeadlines> cpus = [];
        foreach (TraceEvent next in trace.Events)
        {
            if (recordsIdle.Count > 0 && !recordsIdle.Contains(next.Cpu))
            {
                continue;
            }
            if (!cpus.TryGetValue(next.Cpu, out PendingDeadlines? pending))
            {
                cpus.Add(next.Cpu, pending = new PendingDeadlines(near));
            }
            if (IsDeadline(next, out ulong deadline))
            {
                pending.Write(new ClockBound(next.At, deadline));
            }
            else if (next.Name == "local_timer_entry" && pending.TakeFor(next.At) is { } bound)
            {
                bounds.Add(bound);
            }
        }
        return bounds;
    }

    /// <summary>
    /// By how much less than a line says the TSC may be, in cycles: at the event before a write it had not
    /// reached the deadline. Null if no write tells, or if deadlines are written that lie in the past.
    /// </summary>
    public static Int128? Room(RecordedTrace trace, ClockLine line)
    {
        Int128? room = null;
        Dictionary<int, ulong> lastAt = [];
        foreach (TraceEvent next in trace.Events)
        {
            if (
                IsDeadline(next, out ulong deadline)
                && deadline != 0
                && lastAt.TryGetValue(next.Cpu, out ulong before)
            )
            {
                Int128 here = -line.Beyond(new ClockBound(before, deadline));
                room = room is { } least ? Int128.Min(least, here) : here;
            }
            lastAt[next.Cpu] = next.At;
        }
        return room;
    }

    /// <summary>A write to IA32_TSC_DEADLINE that took effect.</summary>
    public static bool IsDeadline(in TraceEvent next, out ulong deadline)
    {
        deadline = 0;
        if (
            next.Name != "write_msr"
            || !next.TryGetMsrWrite(out MsrWriteEvent write)
            || write is not { Msr: MsrIndex.Ia32TscDeadline, Failed: false }
        )
        {
            return false;
        }
        deadline = write.Value;
        return true;
    }

    /// <summary>The deadlines of one CPU that its next interrupt may belong to.</summary>
    private sealed class PendingDeadlines(ClockLine? near)
    {
        private const int GuardMicroseconds = 100;
        private const int NanosecondsPerMicrosecond = 1_000;

        private readonly List<ClockBound> _writes = [];

        public void Write(ClockBound write)
        {
            if (_writes is [.., { Tsc: not 0 } last] && !IsOverwrittenInTime(last, write.Stamp))
            {
                // It may still be on its way, whatever is written after it.
                _writes.Add(write);
                return;
            }
            _writes.Clear();
            _writes.Add(write);
        }

        /// <summary>The bound that an interrupt gives; null if its deadline is not certain.</summary>
        public ClockBound? TakeFor(ulong entry)
        {
            ClockBound? taken =
                _writes is [.., { Tsc: not 0 } last] && (near is null || _writes.Count == 1)
                    ? new ClockBound(entry, last.Tsc)
                    : null;
            if (taken is { } bound && IsAhead(bound))
            {
                // It came from a write that the recording lacks; this deadline is still to come.
                return null;
            }
            _writes.Clear();
            return taken;
        }

        private bool IsOverwrittenInTime(ClockBound write, ulong at) =>
            IsAhead(new ClockBound(at, write.Tsc));

        private bool IsAhead(ClockBound bound) =>
            near is { } line
            && line.Beyond(bound)
                < -line.Rate.Cycles(GuardMicroseconds * NanosecondsPerMicrosecond);
    }
}
