using System;
using System.Collections.Immutable;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Lateness;

/// <summary>The two-sample Kolmogorov-Smirnov statistic.</summary>
public static class KolmogorovSmirnov
{
    /// <summary>
    /// The largest vertical distance between two empirical distribution functions, sup |F(x) - G(x)|: 0 if
    /// they are the same, 1 if their values do not overlap.
    /// </summary>
    /// <exception cref="ArgumentException">One of them is empty.</exception>
    public static double Distance(ExactDistribution first, ExactDistribution second)
    {
        if (first.Count == 0 || second.Count == 0)
        {
            throw new ArgumentException(
                "expected two distributions that are not empty",
                first.Count == 0 ? nameof(first) : nameof(second)
            );
        }
        ImmutableArray<(VirtualDuration Span, long Count)> f = first.Ascending();
        ImmutableArray<(VirtualDuration Span, long Count)> g = second.Ascending();
        (int i, int j) = (0, 0);
        (long below, long belowOther) = (0, 0);
        double largest = 0;
        while (i < f.Length && j < g.Length)
        {
            // Ties advance both sides: the functions are compared after a step, never inside one.
            VirtualDuration x = VirtualDuration.Min(f[i].Span, g[j].Span);
            if (f[i].Span == x)
            {
                below += f[i++].Count;
            }
            if (g[j].Span == x)
            {
                belowOther += g[j++].Count;
            }
            double distance = Math.Abs(
                ((double)below / first.Count) - ((double)belowOther / second.Count)
            );
            largest = Math.Max(largest, distance);
        }
        return largest;
    }
}
