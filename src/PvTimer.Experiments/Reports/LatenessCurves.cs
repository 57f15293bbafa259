using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Reports;

/// <summary>Distributions of lateness as curves on one logarithmic axis, and as a table of quantiles.</summary>
internal static class LatenessCurves
{
    /// <summary>A curve has about so many points at most, see <see cref="Step"/>.</summary>
    private const int MostPoints = 400;

    private static readonly (string Name, int Permyriad)[] Quantiles =
    [
        ("p50", 5_000),
        ("p90", 9_000),
        ("p99", 9_900),
        ("p99.9", 9_990),
        ("max", 10_000),
    ];

    private static readonly ChartAxis Lateness = new(
        "lateness, deadline to interrupt entry",
        ChartUnit.Span,
        IsLogarithmic: true
    );

    /// <param name="of">What is drawn, with its name.</param>
    public static ImmutableArray<Chart> Charts(ImmutableArray<LatenessSample> of)
    {
        ImmutableArray<LatenessSample> known = [.. of.Where(each => each.Lateness.Count > 0)];
        if (known.IsEmpty)
        {
            return [];
        }
        return
        [
            new CurveChart(
                "Lateness: share of timers that were no later",
                $"Cumulative distributions of lateness: {Spoken(known)}",
                Lateness,
                new ChartAxis("share of timers", ChartUnit.Share),
                [.. known.Select(each => CurveOf(each, isTail: false))]
            ),
            new CurveChart(
                "Tail: share of timers that were later",
                $"Share of timers later than a lateness, on logarithmic axes: {Spoken(known)}",
                Lateness,
                new ChartAxis("share of timers", ChartUnit.Share, IsLogarithmic: true),
                [.. known.Select(each => CurveOf(each, isTail: true))]
            ),
        ];
    }

    /// <inheritdoc cref="Charts"/>
    public static ReportTable Table(ImmutableArray<LatenessSample> of) =>
        new(
            "Lateness by quantile",
            ["", "timers", .. Quantiles.Select(quantile => quantile.Name)],
            [
                .. of.Select(each =>
                    (ImmutableArray<string>)
                        [
                            each.Name,
                            Quantities.Count(each.Lateness.Count),
                            .. Quantiles.Select(quantile =>
                                Quantities.Span(Figures.Quantile(each.Lateness, quantile.Permyriad))
                            ),
                        ]
                ),
            ]
        );

    private static string Spoken(ImmutableArray<LatenessSample> of) =>
        string.Join(
            "; ",
            of.Select(each =>
                $"{each.Name} median {Quantities.Span(Figures.Quantile(each.Lateness, 5_000))}, p99 {Quantities.Span(Figures.Quantile(each.Lateness, 9_900))}"
            )
        );

    private static Curve CurveOf(LatenessSample sample, bool isTail)
    {
        List<double[]> points = [];
        double all = sample.Lateness.Count;
        long before = 0;
        int lastStep = -1;
        foreach ((VirtualDuration span, long count) in sample.Lateness.Ascending())
        {
            before += count;
            double share = before / all;
            int step = Step(share);
            // What is early or exactly on time stands at the axis' beginning: a logarithm has no zero.
            double x = Math.Max(1, span.Nanoseconds);
            if (step == lastStep && share < 1)
            {
                points[^1] = [x, isTail ? 1 - share : share];
                continue;
            }
            lastStep = step;
            if (!isTail || share < 1)
            {
                points.Add([x, isTail ? 1 - share : share]);
            }
        }
        return new Curve(
            sample.Name,
            sample.IsReference ? CurveStyle.Reference : CurveStyle.Steps,
            [.. points]
        );
    }

    /// <summary>Equal steps of the share up to 90 %, beyond that equal ratios of the rest.</summary>
    private static int Step(double share)
    {
        const int Even = 250;
        const double Knee = 0.9;
        const double StepsPerDecade = (MostPoints - Even) / 6.0;
        return share < Knee
            ? (int)(Even * share / Knee)
            : (int)(Even - (StepsPerDecade * (1 + Math.Log10(Math.Max(1 - share, 1e-7)))));
    }
}

/// <param name="Name">As the legend says.</param>
/// <param name="Lateness">Of every timer.</param>
/// <param name="IsReference">Recorded, not emulated.</param>
internal sealed record LatenessSample(string Name, ExactDistribution Lateness, bool IsReference);
