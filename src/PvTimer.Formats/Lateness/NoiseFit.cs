using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Lateness;

/// <summary>Estimates how often and for how long a host takes a pCPU away, from latenesses far above their median.</summary>
/// <remarks>
/// <para>
/// An interruption that begins at s and takes L delays the first timer due in [s, s + L) by what is left of it. With
/// a timer due every P and interruptions at rate r, in time T so many excesses per unit of length are expected at x:
/// </para>
/// <code>
///   g(x) = r T (S(x) - S(x + P)) / P        S(x): share of interruptions longer than x
/// so
///   r T S(x) = P (g(x) + g(x + P) + g(x + 2 P) + ...)
/// </code>
/// <para>
/// S descends, and where P is long so does g: it is estimated as the best descending density (Grenander), the
/// slopes of the least concave majorant of the excesses' empirical distribution. Interruptions shorter than <see
/// cref="Shortest"/> are in the tables of the classes; longer than <see cref="Longest"/> are no interruptions
/// but missing writes, or other vCPUs' time slices.
/// </para>
/// </remarks>
public static class NoiseFit
{
    /// <summary>Fewer excesses than this tell nothing.</summary>
    public const int FewestExcesses = 8;

    private const int Intervals = 32;

    private readonly record struct Step(double From, double To, double Density);

    /// <summary>Excess over the class's median from which on a lateness is an interruption's.</summary>
    public static VirtualDuration Shortest { get; } = VirtualDuration.FromMicroseconds(100);

    /// <summary>And up to which.</summary>
    public static VirtualDuration Longest { get; } = VirtualDuration.FromMilliseconds(5);

    /// <summary>Null if there are too few interruptions.</summary>
    /// <param name="guests">The recordings.</param>
    /// <param name="classes">Their timer interrupts, sorted.</param>
    public static HostNoise? Of(
        IReadOnlyCollection<RecordedGuest> guests,
        ImmutableArray<LatenessClass> classes
    )
    {
        ImmutableArray<double> excesses = ExcessesOf(classes);
        long count = classes.Sum(each => each.Count);
        if (excesses.Length < FewestExcesses)
        {
            return null;
        }
        double time = guests.Sum(guest =>
            (double)guest.Frequency.SpanOf(guest.End.CyclesSince(guest.Start)).Nanoseconds
            * guest.Vcpus.Length
        );
        double period = time / count;
        ImmutableArray<Step> density = Majorant(excesses);
        double interruptions = Longer(density, Shortest.Nanoseconds, period);
        long every = Math.Max(1, (long)(time / interruptions));
        VirtualDuration[] lengths =
        [
            .. Enumerable
                .Range(0, Intervals + 1)
                .Select(index =>
                    LengthAt(
                        density,
                        period,
                        interruptions * (Intervals - index) / Intervals,
                        excesses[^1]
                    )
                ),
        ];
        return new HostNoise(
            VirtualDuration.FromNanoseconds(every),
            new CostDistribution([.. lengths])
        );
    }

    /// <summary>A class's latenesses without those that an interruption held up.</summary>
    internal static ExactDistribution Without(LatenessClass each)
    {
        ExactDistribution usual = new();
        foreach ((VirtualDuration span, long times) in each.Recorded.Ascending())
        {
            if (span - each.Median < Shortest)
            {
                usual.Add(span, times);
            }
        }
        return usual;
    }

    private static ImmutableArray<double> ExcessesOf(ImmutableArray<LatenessClass> classes)
    {
        List<double> excesses = [];
        foreach (LatenessClass each in classes)
        {
            if (each.Path == LatenessPath.KeptWaiting || each.Count < LatenessFit.FewestSamples)
            {
                continue;
            }
            foreach ((VirtualDuration span, long times) in each.Recorded.Ascending())
            {
                VirtualDuration excess = span - each.Median;
                if (excess >= Shortest && excess <= Longest)
                {
                    excesses.AddRange(Enumerable.Repeat((double)excess.Nanoseconds, (int)times));
                }
            }
        }
        excesses.Sort();
        return [.. excesses];
    }

    /// <summary>The slopes of the least concave majorant of (x, how many are at most x): excesses per ns.</summary>
    private static ImmutableArray<Step> Majorant(ImmutableArray<double> excesses)
    {
        List<(double X, double Y)> hull = [(Shortest.Nanoseconds - 1, 0)];
        // At its lower end such an estimate is as large as the first gap is small: the first few count as one step.
        for (int i = (int)Math.Sqrt(excesses.Length); i < excesses.Length; i++)
        {
            (double X, double Y) point = (excesses[i], i + 1);
            while (hull.Count >= 2 && Slope(hull[^2], hull[^1]) <= Slope(hull[^2], point))
            {
                hull.RemoveAt(hull.Count - 1);
            }
            if (point.X > hull[^1].X)
            {
                hull.Add(point);
            }
        }
        return
        [
            .. hull.Zip(hull.Skip(1))
                .Select(pair => new Step(
                    pair.First.X,
                    pair.Second.X,
                    Slope(pair.First, pair.Second)
                )),
        ];
    }

    private static double Slope((double X, double Y) from, (double X, double Y) to) =>
        to.X > from.X ? (to.Y - from.Y) / (to.X - from.X) : double.PositiveInfinity;

    /// <summary>How many interruptions are longer than x: r T S(x).</summary>
    private static double Longer(ImmutableArray<Step> density, double x, double period)
    {
        double sum = 0;
        for (double at = x; at < density[^1].To; at += period)
        {
            double here = at;
            sum += density.First(step => here < step.To).Density;
        }
        return sum * period;
    }

    /// <summary>The length that so many interruptions exceed, by bisection.</summary>
    private static VirtualDuration LengthAt(
        ImmutableArray<Step> density,
        double period,
        double interruptions,
        double longest
    )
    {
        (double low, double high) = (Shortest.Nanoseconds, longest);
        while (high - low > 1)
        {
            double middle = (low + high) / 2;
            (low, high) =
                Longer(density, middle, period) >= interruptions ? (middle, high) : (low, middle);
        }
        return VirtualDuration.FromNanoseconds((long)high);
    }
}
