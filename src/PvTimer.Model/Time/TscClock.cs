using System;

namespace PvTimer.Model.Time;

/// <summary>
/// A time stamp counter as a function of virtual time: its value at time zero and its frequency. A host's
/// TSC starts at 0; a guest's has an offset and may run at another rate (Intel SDM vol. 3C, 26.6.5: TSC
/// offsetting and TSC scaling).
/// </summary>
/// <remarks>
/// The counter shows floor(t * kHz / 10^6) cycles after its start, computed in 128 bits from the run's
/// start each time: nothing accumulates, so nothing drifts. <see cref="TimeOf"/> rounds up: at the time it
/// returns the counter has reached the asked value, one nanosecond earlier it has not.
/// </remarks>
public readonly record struct TscClock(TscTicks AtStart, TscFrequency Frequency)
{
    public TscTicks At(VirtualTime now) =>
        AtStart.PlusSaturating(Frequency.CyclesIn(now - VirtualTime.Zero));

    /// <summary>
    /// The first virtual time at which the counter shows at least <paramref name="value"/>; time zero if it
    /// did so before the run, <see cref="VirtualTime.MaxValue"/> if it lies beyond what can be scheduled.
    /// </summary>
    public VirtualTime TimeOf(TscTicks value)
    {
        if (value <= AtStart)
        {
            return VirtualTime.Zero;
        }
        UInt128 product = (UInt128)(value.Value - AtStart.Value) * 1_000_000;
        UInt128 kilohertz = (UInt128)Frequency.Kilohertz;
        UInt128 nanoseconds = (product + kilohertz - 1) / kilohertz;
        return nanoseconds >= (UInt128)long.MaxValue
            ? VirtualTime.MaxValue
            : VirtualTime.FromNanoseconds((long)nanoseconds);
    }
}
