using System;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces.Clocks;

/// <summary>
/// How many cycles of the guest's TSC pass in one unit of a recording's clock, a nanosecond or a cycle of
/// another TSC: a fixed-point number, so that a fitted rate is as fine as a fit can be (whole kHz are 0.4 ppm apart,
/// 0.4 us in each second) and the same on every machine.
/// </summary>
internal readonly record struct ClockRate
{
    private const int FractionBits = 40;

    private readonly long _scaled;

    private ClockRate(long scaled) => _scaled = scaled;

    /// <summary>The recording's clock is a TSC of the same rate.</summary>
    public static ClockRate One { get; } = new(1L << FractionBits);

    /// <summary>Of a clock in nanoseconds.</summary>
    public static ClockRate Of(TscFrequency frequency) =>
        new((long)(((Int128)frequency.Kilohertz << FractionBits) / 1_000_000));

    /// <summary>Null if it is no rate: not positive, or above 1 000 cycles a unit.</summary>
    public static ClockRate? OfCyclesPerUnit(double cycles) =>
        cycles is > 1e-6 and < 1_000 ? new ClockRate((long)(cycles * (1L << FractionBits))) : null;

    public double CyclesPerUnit => (double)_scaled / (1L << FractionBits);

    /// <summary>The cycles of a span, rounded down.</summary>
    public Int128 Cycles(Int128 units) => (units * _scaled) >> FractionBits;

    /// <summary>Of a clock in nanoseconds, to the nearest kHz; null if it is no frequency of a TSC.</summary>
    public TscFrequency? Frequency()
    {
        double kilohertz = Math.Round(CyclesPerUnit * 1_000_000);
        return kilohertz is >= 1 and <= 100_000_000
            ? TscFrequency.FromKilohertz((long)kilohertz)
            : null;
    }

    /// <summary>How much faster this rate is than another, in parts per million.</summary>
    public double PartsPerMillionAbove(ClockRate other) =>
        ((double)_scaled - other._scaled) / other._scaled * 1e6;
}
