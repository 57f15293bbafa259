using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Costs;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Lateness;

/// <summary>Condenses a recorded distribution to the table that a cost profile holds.</summary>
public static class QuantileTable
{
    /// <summary>A table has one value more: both ends.</summary>
    public const int Intervals = 16;

    /// <summary>
    /// The quantiles 0/16 to 16/16, less <paramref name="known"/>, none below zero. The two ends are not the
    /// extremes: they stand where the straight line from their neighbour passes through p1 and p99. So a single
    /// outlier cannot stretch a sixteenth of all draws, and the figures that people compare come out.
    /// </summary>
    /// <param name="recorded">At least one value per interval.</param>
    /// <param name="known">A part of each value that is accounted for elsewhere.</param>
    public static CostDistribution Of(ExactDistribution recorded, VirtualDuration known)
    {
        const int WholePermyriad = 10_000;
        const int P1 = 100;
        const int Step = WholePermyriad / Intervals;
        long[] table = new long[Intervals + 1];
        for (int i = 1; i < Intervals; i++)
        {
            table[i] = recorded.Quantile(Step * i).Nanoseconds;
        }
        long low = recorded.Quantile(P1).Nanoseconds;
        long high = recorded.Quantile(WholePermyriad - P1).Nanoseconds;
        table[0] = table[1] - ((table[1] - low) * Step / (Step - P1));
        table[Intervals] =
            table[Intervals - 1] + ((high - table[Intervals - 1]) * Step / (Step - P1));
        ImmutableArray<VirtualDuration> quantiles =
        [
            .. table.Select(value =>
                VirtualDuration.FromNanoseconds(Math.Max(0, value - known.Nanoseconds))
            ),
        ];
        return new CostDistribution(quantiles);
    }

    /// <summary>The middle of a table.</summary>
    public static VirtualDuration Median(CostDistribution table) =>
        table.Quantiles[table.Quantiles.Length / 2];
}
