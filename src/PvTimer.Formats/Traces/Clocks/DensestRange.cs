using System;

namespace PvTimer.Formats.Traces.Clocks;

/// <summary>Where most of many numbers are, whatever the rest is: the beginning of a robust fit.</summary>
internal static class DensestRange
{
    /// <summary>The shortest range that holds <paramref name="count"/> of the numbers.</summary>
    /// <param name="ascending">The numbers, at least one.</param>
    /// <param name="count">1 to all of them.</param>
    public static (double Low, double High) Of(ReadOnlySpan<double> ascending, int count)
    {
        int best = 0;
        for (int i = 1; i + count <= ascending.Length; i++)
        {
            if (Width(ascending, i, count) < Width(ascending, best, count))
            {
                best = i;
            }
        }
        return (ascending[best], ascending[best + count - 1]);
    }

    /// <summary>The most numbers that any range of this width holds.</summary>
    public static int MostWithin(ReadOnlySpan<double> ascending, double width)
    {
        int most = 0;
        int from = 0;
        for (int to = 0; to < ascending.Length; to++)
        {
            while (ascending[to] - ascending[from] > width)
            {
                from++;
            }
            most = Math.Max(most, to - from + 1);
        }
        return most;
    }

    private static double Width(ReadOnlySpan<double> ascending, int from, int count) =>
        ascending[from + count - 1] - ascending[from];
}
