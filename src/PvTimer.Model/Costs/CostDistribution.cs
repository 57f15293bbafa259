using System;
using System.Collections.Immutable;
using PvTimer.Model.Chance;
using PvTimer.Model.Time;

namespace PvTimer.Model.Costs;

/// <summary>
/// How long a step of the hardware or the host kernel takes: one figure, or a table of quantiles at equal
/// steps of probability (the first is the minimum, the last the maximum), linear in between.
/// </summary>
public sealed class CostDistribution
{
    /// <param name="quantiles">At least one, none negative, ascending.</param>
    /// <exception cref="ArgumentException">The table is empty, descends or has a negative entry.</exception>
    public CostDistribution(ImmutableArray<VirtualDuration> quantiles)
    {
        if (quantiles.IsDefaultOrEmpty || quantiles[0] < VirtualDuration.Zero)
        {
            throw new ArgumentException(
                "expected at least one span, none negative",
                nameof(quantiles)
            );
        }
        for (int i = 1; i < quantiles.Length; i++)
        {
            if (quantiles[i] < quantiles[i - 1])
            {
                throw new ArgumentException("expected ascending quantiles", nameof(quantiles));
            }
        }
        Quantiles = quantiles;
    }

    public CostDistribution(VirtualDuration constant)
        : this([constant]) { }

    public ImmutableArray<VirtualDuration> Quantiles { get; }

    public VirtualDuration Minimum => Quantiles[0];

    /// <summary>Draws one cost; a constant draws no random number.</summary>
    public VirtualDuration Draw(ref PhiloxSequence chance)
    {
        int intervals = Quantiles.Length - 1;
        if (intervals == 0)
        {
            return Quantiles[0];
        }
        // A 32-bit fraction of the table: its high part names the interval, its low part the place in it.
        ulong position = (chance.NextUInt64() >> 32) * (ulong)intervals;
        int interval = (int)(position >> 32);
        long low = Quantiles[interval].Nanoseconds;
        long width = Quantiles[interval + 1].Nanoseconds - low;
        long inside = (long)(((UInt128)(position & uint.MaxValue) * (ulong)width) >> 32);
        return VirtualDuration.FromNanoseconds(low + inside);
    }
}
