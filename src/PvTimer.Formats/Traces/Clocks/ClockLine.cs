using System;

namespace PvTimer.Formats.Traces.Clocks;

/// <summary>TSC = offset + rate * stamp.</summary>
/// <param name="Rate">Cycles of the guest's TSC by unit of the recording's clock.</param>
/// <param name="Offset">The TSC, in cycles, where the recording's clock showed 0; may be negative.</param>
internal readonly record struct ClockLine(ClockRate Rate, Int128 Offset)
{
    /// <summary>The clock is the guest's TSC.</summary>
    public static ClockLine Same { get; } = new(ClockRate.One, 0);

    /// <summary>The guest's TSC in cycles; out of its range for a stamp from before it began.</summary>
    public Int128 At(ulong stamp) => Offset + Rate.Cycles(stamp);

    /// <summary>How far the TSC is beyond the bound's value at the bound's stamp, in cycles.</summary>
    public Int128 Beyond(ClockBound bound) => At(bound.Stamp) - bound.Tsc;
}
