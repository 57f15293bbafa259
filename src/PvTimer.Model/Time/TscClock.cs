using System;

namespace PvTimer.Model.Time;

/// <summary>
/// A time stamp counter as a function of virtual time: its value at an instant and its frequency. A host's
/// TSC starts at 0; a guest's has an offset and may run at another rate (Intel SDM vol. 3C, 26.6.5: TSC
/// offsetting and TSC scaling).
/// </summary>
/// <remarks>
/// The counter shows floor(t * kHz / 10^6) cycles after its start, computed in 128 bits from its
/// start each time: nothing accumulates, so nothing drifts. <see cref="TimeOf"/> rounds up: at the time it
/// returns the counter has reached the asked value, one nanosecond earlier it has not.
/// </remarks>
public readonly record struct TscClock(TscTicks AtStart, TscFrequency Frequency)
{
    /// <summary>When it showed <see cref="AtStart"/>; the start of the run, unless it was set later.</summary>
    public VirtualTime Since { get; init; }

    public TscTicks At(VirtualTime now) => AtStart.PlusSaturating(Frequency.CyclesIn(now - Since));

    /// <summary>The counter that stood still from one instant to another and goes on from there.</summary>
    public TscClock Paused(VirtualTime from, VirtualTime until) =>
        new(At(from), Frequency) { Since = until };

    /// <summary>
    /// The first virtual time at which the counter shows at least <paramref name="value"/>; <see cref="Since"/>
    /// if it did so before, <see cref="VirtualTime.MaxValue"/> if it lies beyond what can be scheduled.
    /// </summary>
    public VirtualTime TimeOf(TscTicks value)
    {
        if (value <= AtStart)
        {
            return Since;
        }
        ulong high = Math.BigMul((ulong)(value.Value - AtStart.Value), 1_000_000UL, out ulong low);
        if (high == 0 && low <= long.MaxValue)
        {
            // Up to an hour, usually: no 128 bits needed.
            long rest = (long)low % Frequency.Kilohertz;
            long whole = ((long)low / Frequency.Kilohertz) + (rest == 0 ? 0 : 1);
            return whole >= (VirtualTime.MaxValue - Since).Nanoseconds
                ? VirtualTime.MaxValue
                : Since + VirtualDuration.FromNanoseconds(whole);
        }
        UInt128 product = (UInt128)(value.Value - AtStart.Value) * 1_000_000;
        UInt128 kilohertz = (UInt128)Frequency.Kilohertz;
        UInt128 nanoseconds = (product + kilohertz - 1) / kilohertz;
        return nanoseconds >= (UInt128)(VirtualTime.MaxValue - Since).Nanoseconds
            ? VirtualTime.MaxValue
            : Since + VirtualDuration.FromNanoseconds((long)nanoseconds);
    }
}
