using System;
using System.Collections.Generic;
using System.Linq;

namespace PvTimer.Formats.Traces.Clocks;

/// <summary>
/// Ties the clock of a recording to the guest's TSC by what the TSC must have reached: no timer interrupt comes
/// before its deadline. The line TSC = offset + rate * stamp lies as low as all these bounds allow, so the promptest
/// interrupt is not late at all, and every lateness is relative to the smallest.
/// </summary>
/// <remarks>
/// <code>
/// rate       of two bounds half the recording apart: where most of these quotients agree
/// edge       TSC - rate * stamp of all bounds, from the top: where they begin to lie close together; what is
///            above belongs to another deadline than it was taken for (lost events, an idle loop that is not recorded)
/// envelope   the line that, but for a hundredth, no bound below the edge is above, closest to them on average
/// </code>
/// The last two steps are repeated, the edge ever sharper, because a wrong rate blurs it. The last time nothing is
/// left out: a hundredth chosen along a rate that is slightly wrong would keep it wrong.
/// </remarks>
/// <param name="Line">The line; no bound that was used lies above it.</param>
/// <param name="RateError">
/// By how much the rate may be off, in parts per million: how far the promptest interrupts of the recording's
/// quarters lie apart, by half of its length.
/// </param>
/// <param name="Used">Bounds at or below the line.</param>
/// <param name="Dropped">Bounds above it.</param>
internal sealed record ClockFit(ClockLine Line, double RateError, int Used, int Dropped)
{
    /// <summary>With fewer bounds a rate cannot be told from lateness.</summary>
    public const int FewestForRate = 8;

    /// <summary>Widths of the edge, in microseconds: one by repetition, and those before it.</summary>
    private static readonly int[] EdgeMicroseconds = [300, 30, 10, 3];

    /// <summary>Fits the rate and the offset.</summary>
    /// <param name="reached">Where the TSC had reached a value.</param>
    /// <param name="unitsPerMicrosecond">Of the recording's clock: 1 000 if it counts nanoseconds.</param>
    /// <returns>Null if the bounds are too few, or agree on no rate.</returns>
    public static ClockFit? Of(IReadOnlyList<ClockBound> reached, double unitsPerMicrosecond)
    {
        if (reached.Count < FewestForRate)
        {
            return null;
        }
        ClockBound[] ordered =
        [
            .. reached.OrderBy(bound => bound.Stamp).ThenBy(bound => bound.Tsc),
        ];
        double? rate = CommonRate(ordered);
        ClockBound[] used = ordered;
        for (int edge = 1; edge <= EdgeMicroseconds.Length; edge++)
        {
            if (rate is not { } slope || ClockRate.OfCyclesPerUnit(slope) is null)
            {
                return null;
            }
            used = BelowEdge(ordered, slope, EdgeMicroseconds.AsSpan(..edge), unitsPerMicrosecond);
            List<(double X, double Y)> points = Remainders(used, slope);
            bool isLast = edge == EdgeMicroseconds.Length;
            rate = slope + Envelope.Slope(isLast ? points : WithoutSingleOnes(points));
        }
        return rate is { } last && ClockRate.OfCyclesPerUnit(last) is { } fitted
            ? Along(fitted, used, ordered.Length) with
            {
                RateError = ErrorOf(used, last, unitsPerMicrosecond),
            }
            : null;
    }

    /// <summary>Fits the offset alone.</summary>
    /// <param name="reached">Where the TSC had reached a value.</param>
    /// <param name="unitsPerMicrosecond">Of the recording's clock: 1 000 if it counts nanoseconds.</param>
    /// <param name="rate">The rate, known from elsewhere.</param>
    /// <returns>Null if there is no bound.</returns>
    public static ClockFit? Of(
        IReadOnlyList<ClockBound> reached,
        double unitsPerMicrosecond,
        ClockRate rate
    )
    {
        if (reached.Count == 0)
        {
            return null;
        }
        ClockBound[] ordered =
        [
            .. reached.OrderBy(bound => bound.Stamp).ThenBy(bound => bound.Tsc),
        ];
        ClockBound[] used = BelowEdge(
            ordered,
            rate.CyclesPerUnit,
            EdgeMicroseconds,
            unitsPerMicrosecond
        );
        return Along(rate, used, ordered.Length);
    }

    /// <summary>
    /// Fits the rate and the offset to bounds from above: the line lies as high as they allow.
    /// </summary>
    /// <param name="notPassed">Where the TSC had not passed a value.</param>
    /// <param name="unitsPerMicrosecond">Of the recording's clock: 1 000 if it counts nanoseconds.</param>
    /// <returns>Null if the bounds are too few, or agree on no rate.</returns>
    public static ClockFit? OfNotPassed(
        IReadOnlyList<ClockBound> notPassed,
        double unitsPerMicrosecond
    )
    {
        if (notPassed.Count == 0)
        {
            return null;
        }
        // Both clocks run backwards from their last values: then above is below.
        ulong stamp = notPassed.Max(bound => bound.Stamp);
        ulong tsc = notPassed.Max(bound => bound.Tsc);
        ClockFit? fit = Of(
            [.. notPassed.Select(bound => new ClockBound(stamp - bound.Stamp, tsc - bound.Tsc))],
            unitsPerMicrosecond
        );
        return fit is null
            ? null
            : fit with
            {
                Line = fit.Line with { Offset = tsc - fit.Line.At(stamp) },
            };
    }

    private static ClockFit Along(ClockRate rate, ClockBound[] used, int all)
    {
        Int128 offset = used.Max(bound => bound.Tsc - rate.Cycles(bound.Stamp));
        return new ClockFit(new ClockLine(rate, offset), 0, used.Length, all - used.Length);
    }

    /// <summary>
    /// The rate that a quarter of all pairs of bounds agree on best: half of the bounds may be wrong by
    /// anything.
    /// </summary>
    private static double? CommonRate(ClockBound[] ordered)
    {
        const int MostPairs = 20_000;
        int half = ordered.Length / 2;
        int step = Math.Max(1, half / MostPairs);
        List<double> rates = [];
        for (int i = 0; i + half < ordered.Length; i += step)
        {
            (ClockBound from, ClockBound to) = (ordered[i], ordered[i + half]);
            if (to.Stamp > from.Stamp)
            {
                rates.Add(
                    (double)((Int128)to.Tsc - from.Tsc) / (double)((Int128)to.Stamp - from.Stamp)
                );
            }
        }
        rates.Sort();
        if (rates.Count == 0)
        {
            return null;
        }
        (double low, double high) = DensestRange.Of([.. rates], (rates.Count + 3) / 4);
        return (low + high) / 2;
    }

    /// <summary>
    /// The bounds without those above the edge: the highest place that holds, within each of the widths, a fiftieth
    /// of what the densest place holds. A width is at least half of what the densest half of all bounds takes. Too
    /// few bounds to tell are used all.
    /// </summary>
    private static ClockBound[] BelowEdge(
        ClockBound[] ordered,
        double rate,
        ReadOnlySpan<int> microseconds,
        double unitsPerMicrosecond
    )
    {
        if (ordered.Length < FewestForRate)
        {
            return ordered;
        }
        List<(double X, double Y)> remainders = Remainders(ordered, rate);
        double[] ascending = [.. remainders.Select(point => point.Y).Order()];
        (double low, double high) = DensestRange.Of(ascending, (ascending.Length + 1) / 2);
        int edge = ascending.Length - 1;
        for (int i = 0; i < microseconds.Length; )
        {
            double width = Math.Max(microseconds[i] * unitsPerMicrosecond * rate, (high - low) / 2);
            int most = DensestRange.MostWithin(ascending, width);
            int enough = most < 3 ? 1 : Math.Max(2, most / 50);
            int before = edge;
            while (ascending[edge] - ascending[edge - enough + 1] > width)
            {
                edge--;
            }
            // A lower place must hold enough within the wider ones, too.
            i = edge == before ? i + 1 : 0;
        }
        double highest = ascending[edge];
        return
        [
            .. ordered
                .Zip(remainders)
                .Where(pair => pair.Second.Y <= highest)
                .Select(pair => pair.First),
        ];
    }

    /// <summary>
    /// Without the hundredth that is highest: a few interrupts that happen to be prompter than all others must not
    /// tilt the line.
    /// </summary>
    private static List<(double X, double Y)> WithoutSingleOnes(List<(double X, double Y)> points)
    {
        int few = points.Count / 100;
        double highest = points.Select(point => point.Y).OrderDescending().ElementAt(few);
        return [.. points.Where(point => point.Y <= highest)];
    }

    /// <summary>What a rate leaves of each bound's TSC, both counted from the first bound.</summary>
    private static List<(double X, double Y)> Remainders(ClockBound[] ordered, double rate)
    {
        (Int128 stamp, Int128 tsc) = (ordered[0].Stamp, ordered[0].Tsc);
        return
        [
            .. ordered.Select(bound =>
            {
                double x = (double)(bound.Stamp - stamp);
                return (x, (double)(bound.Tsc - tsc) - (rate * x));
            }),
        ];
    }

    private static double ErrorOf(ClockBound[] used, double rate, double unitsPerMicrosecond)
    {
        const int Parts = 4;
        List<(double X, double Y)> points = Remainders(used, rate);
        double length = points[^1].X;
        double[] highest = Enumerable.Repeat(double.NegativeInfinity, Parts).ToArray();
        foreach ((double x, double y) in points)
        {
            int part = Math.Min(Parts - 1, (int)(x / length * Parts));
            highest[part] = Math.Max(highest[part], y);
        }
        double[] known = [.. highest.Where(double.IsFinite)];
        // A stamp itself is good to a microsecond.
        double apart = ((known.Max() - known.Min()) / rate) + unitsPerMicrosecond;
        return apart / (length / 2) * 1e6;
    }
}
