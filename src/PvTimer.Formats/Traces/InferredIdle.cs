using System;
using System.Collections.Generic;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// What a CPU without cpu_idle events did while it had nothing to do. The rule: an interrupt that finds the idle
/// task running, after a gap in the CPU's events, ended an idle period; it began <see cref="Approach"/> after
/// the last event before the gap. Shorter gaps are none. Whether the CPU polled or halted, and the approach, are
/// taken from the CPUs beside it that did record their idle loops.
/// </summary>
/// <remarks>
/// Why so: one guest has one idle driver. Its CPUs poll or halt alike, and come to it alike: 1.2 to 4.5 us (10 %
/// to 90 %; nanosleep and cyclictest traces, CPU 0) after the event that precedes it. Where the last event
/// belongs to another task the rule takes that task's remaining work for idle: too long rather than too short.
/// </remarks>
/// <param name="Source">What it is inferred from.</param>
/// <param name="Approach">From the last event to the idle loop, in cycles: the siblings' median.</param>
internal sealed record InferredIdle(IdleSource Source, long Approach)
{
    /// <summary>Where no CPU recorded its idle loop.</summary>
    public static VirtualDuration AssumedApproach { get; } = VirtualDuration.FromMicroseconds(2);

    /// <summary>
    /// On such a CPU a write of the idle loop is not recorded either. An interrupt later than this against
    /// the latest recorded deadline has been armed by one of those.
    /// </summary>
    public static VirtualDuration LongestLateness { get; } = VirtualDuration.FromMilliseconds(1);

    public bool Polls => Source == IdleSource.PollsAsSiblings;

    /// <summary>From the idle periods that an interrupt ended, on the CPUs that recorded theirs.</summary>
    public static InferredIdle Of(TraceEventList events, TraceTimeline timeline)
    {
        Dictionary<int, TscTicks> lastEvents = [];
        Dictionary<int, (bool Polls, long Approach)> idle = [];
        List<long> polls = [];
        List<long> halts = [];
        foreach (TraceEvent next in events)
        {
            TscTicks at = timeline.At(next.At);
            if (next.Name == "cpu_idle")
            {
                next.TryGetField("state", out ulong state);
                idle.Remove(next.Cpu);
                if (state != TraceEvent.LeftIdle && lastEvents.TryGetValue(next.Cpu, out var last))
                {
                    idle[next.Cpu] = (state == TraceEvent.PollingIdle, at.CyclesSince(last));
                }
            }
            else if (
                next.Name.EndsWith("_entry", StringComparison.Ordinal)
                && idle.Remove(next.Cpu, out (bool Polls, long Approach) ended)
            )
            {
                (ended.Polls ? polls : halts).Add(ended.Approach);
            }
            lastEvents[next.Cpu] = at;
        }
        if (polls.Count + halts.Count == 0)
        {
            return new InferredIdle(
                IdleSource.HaltsAssumed,
                timeline.Frequency.CyclesIn(AssumedApproach)
            );
        }
        return polls.Count > halts.Count
            ? new InferredIdle(IdleSource.PollsAsSiblings, Median(polls))
            : new InferredIdle(IdleSource.HaltsAsSiblings, Median(halts));
    }

    /// <summary>When the idle period began that this interrupt ended; null if there was none.</summary>
    public TscTicks? Before(in TraceEvent interrupt, TscTicks at, TscTicks lastEvent) =>
        interrupt.InIdleTask && at.CyclesSince(lastEvent) > Approach
            ? lastEvent.PlusSaturating(Approach)
            : null;

    private static long Median(List<long> spans)
    {
        spans.Sort();
        return spans[spans.Count / 2];
    }
}
