using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// When a CPU without cpu_idle events halted. The rule: an interrupt that finds the idle task running, after
/// a gap in the CPU's events, ended a halt; the halt began <see cref="Approach"/> after the last event
/// before the gap. Shorter gaps are no halts.
/// </summary>
/// <remarks>
/// Why so: the idle task with nothing to do halts, and CPUs that do record cpu_idle do it 1.2 to 4.5 us (10 %
/// to 90 %; nanosleep and cyclictest traces, CPU 0) after the event that precedes it. Where the last event
/// belongs to another task the rule takes that task's remaining work for idle: halts are long rather than short.
/// </remarks>
internal static class InferredHalts
{
    public static VirtualDuration Approach { get; } = VirtualDuration.FromMicroseconds(2);

    /// <summary>
    /// On such a CPU a write of the idle loop is not recorded either. An interrupt later than this against
    /// the latest recorded deadline has been armed by one of those.
    /// </summary>
    public static VirtualDuration LongestLateness { get; } = VirtualDuration.FromMilliseconds(1);

    /// <summary>When the halt began that this interrupt ended; null if there was none.</summary>
    public static TscTicks? Before(
        in TraceEvent interrupt,
        TscTicks at,
        TscTicks lastEvent,
        TscFrequency frequency
    )
    {
        long approach = frequency.CyclesIn(Approach);
        return interrupt.InIdleTask && at.CyclesSince(lastEvent) > approach
            ? lastEvent.PlusSaturating(approach)
            : null;
    }
}
