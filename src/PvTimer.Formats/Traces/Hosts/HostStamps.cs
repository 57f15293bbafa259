using System;
using System.Globalization;
using PvTimer.Formats.Traces.Clocks;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>A host's time stamps in the clock of its guest's recording: the TSC, or seconds still to be fitted.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="clock">What ties the two.</param>
/// <param name="stampClock">What the host's stamps count.</param>
/// <param name="frequency">The guest's TSC; where it is not known, 1 GHz: spans then count cycles.</param>
internal sealed class HostStamps(
    string path,
    HostClock clock,
    TraceClock stampClock,
    TscFrequency frequency
)
{
    private const int LongestAdvanceMicroseconds = 10;

    /// <summary>
    /// By how much KVM may set timers early, in cycles (lapic_timer_advance_ns goes to 5 us). Zero for a clock that
    /// the promptest injection is zero on.
    /// </summary>
    public ulong LongestAdvance =>
        clock.Source == HostClockSource.PromptestInjection
            ? 0
            : (ulong)
                frequency.CyclesIn(VirtualDuration.FromMicroseconds(LongestAdvanceMicroseconds));

    /// <summary>What the guest's recording counts.</summary>
    public TraceClock GuestClock => clock.Line is null ? stampClock : TraceClock.TscCycles;

    /// <exception cref="TraceFormatException">It lies before the guest's TSC began.</exception>
    public ulong At(ulong stamp)
    {
        if (clock.Line is not { } line)
        {
            return stamp;
        }
        Int128 at = line.At(stamp);
        return at >= 0 && at <= long.MaxValue
            ? (ulong)at
            : throw new TraceFormatException(
                path,
                0,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the time stamp {stamp} lies outside of the guest's TSC"
                ),
                "a recording of the guest's own time"
            );
    }

    /// <summary>Nanoseconds in units of the guest's recording.</summary>
    public ulong Units(ulong nanoseconds) =>
        GuestClock == TraceClock.Seconds
            ? nanoseconds
            : (ulong)Int128.Min(ClockRate.Of(frequency).Cycles((Int128)nanoseconds), long.MaxValue);

    /// <summary>From one of the host's stamps to a later one; zero where they are not in order.</summary>
    public VirtualDuration Span(ulong from, ulong to)
    {
        Int128 length = (Int128)At(to) - At(from);
        if (length <= 0)
        {
            return VirtualDuration.Zero;
        }
        return GuestClock == TraceClock.Seconds
            ? VirtualDuration.FromNanoseconds((long)length)
            : frequency.SpanOf((long)length);
    }
}
