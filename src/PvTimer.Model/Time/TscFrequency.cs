using System;
using System.Globalization;

namespace PvTimer.Model.Time;

/// <summary>The rate of a time stamp counter. KVM's own unit: kHz (`tsc_khz`), 1 kHz to 100 GHz.</summary>
public readonly record struct TscFrequency
{
    /// <summary>Kilohertz, KVM's `virtual_tsc_khz`.</summary>
    public long Kilohertz { get; }

    private TscFrequency(long kilohertz) => Kilohertz = kilohertz;

    /// <exception cref="ArgumentOutOfRangeException">Outside 1 kHz to 100 GHz.</exception>
    public static TscFrequency FromKilohertz(long kilohertz)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(kilohertz, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(kilohertz, 100_000_000);
        return new TscFrequency(kilohertz);
    }

    public static TscFrequency FromMegahertz(long megahertz) => FromKilohertz(megahertz * 1_000);

    /// <summary>Whole cycles in a span, rounded down (towards minus infinity).</summary>
    public long CyclesIn(VirtualDuration span)
    {
        long high = Math.BigMul(span.Nanoseconds, Kilohertz, out long low);
        if (high == 0 && low >= 0)
        {
            // Shorter than an hour, usually: no 128 bits needed.
            return low / 1_000_000;
        }
        Int128 product = (Int128)span.Nanoseconds * Kilohertz;
        Int128 cycles = product / 1_000_000;
        return (long)(product < 0 && cycles * 1_000_000 != product ? cycles - 1 : cycles);
    }

    /// <summary>
    /// The shortest span in which at least <paramref name="cycles"/> elapse (rounded up): a timer
    /// set to it is never early.
    /// </summary>
    public VirtualDuration SpanOf(long cycles)
    {
        Int128 product = (Int128)cycles * 1_000_000;
        Int128 nanoseconds = product / Kilohertz;
        bool exact = nanoseconds * Kilohertz == product;
        return VirtualDuration.FromNanoseconds(
            (long)(product > 0 && !exact ? nanoseconds + 1 : nanoseconds)
        );
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Kilohertz}khz");
}
