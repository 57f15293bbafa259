using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments.Explain;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Reports;

/// <summary>Why timers were late, and where and when: what a run that is watched adds to its report.</summary>
internal static class ExplanationSections
{
    /// <summary>So many rows of a heat map can be read; beyond that the worst ones are shown.</summary>
    private const int MostRows = 64;

    public static IEnumerable<ReportSection> Of(RunExplanation explanation)
    {
        yield return new ReportSection(
            "Why timers were late",
            [
                "Each bar is the lateness of the timers at that quantile (those within 3 % of it), in parts that sum to it.",
            ],
            [.. explanation.Backends.SelectMany(Bars)],
            []
        );
        yield return new ReportSection(
            "Where and when",
            ["The worst lateness of each vCPU in each stretch of virtual time."],
            [.. explanation.Backends.SelectMany(Heat)],
            []
        );
    }

    private static IEnumerable<Chart> Bars(BackendExplanation backend)
    {
        ImmutableArray<QuantileBreakdown> quantiles = backend.Breakdown.Quantiles;
        if (quantiles.IsEmpty)
        {
            yield break;
        }
        LatenessCause[] causes =
        [
            .. quantiles
                .SelectMany(quantile => quantile.Causes.Select(cause => cause.Cause))
                .Distinct()
                .Order(),
        ];
        string spoken = string.Join(
            "; ",
            quantiles.Select(quantile =>
                $"{quantile.Name} {Quantities.Span(quantile.Lateness)}, most of it {CauseNames.WordsOf(quantile.Causes.MaxBy(cause => cause.Sum)!.Cause)}"
            )
        );
        yield return new BarChart(
            $"Lateness by cause: {backend.Backend}",
            $"Causes of the lateness of {backend.Backend}: {spoken}",
            new ChartAxis("lateness", ChartUnit.Span),
            [.. quantiles.Select(quantile => quantile.Name)],
            [
                .. causes.Select(cause => new BarPart(
                    CauseNames.WordsOf(cause),
                    [
                        .. quantiles.Select(quantile =>
                            quantile
                                .Causes.FirstOrDefault(each => each.Cause == cause)
                                ?.MeanNanoseconds
                            ?? 0
                        ),
                    ]
                )),
            ]
        );
    }

    private static IEnumerable<Chart> Heat(BackendExplanation backend)
    {
        LatenessHeatMap map = backend.HeatMap;
        HeatMapRow[] late = [.. map.Rows.Where(row => row.Worst.Any(cell => cell is not null))];
        if (late.Length == 0)
        {
            yield break;
        }
        HashSet<HeatMapRow> worst =
        [
            .. late.OrderByDescending(row => row.Worst.Max()).Take(MostRows),
        ];
        HeatMapRow[] rows = [.. late.Where(worst.Contains)];
        string which =
            late.Length > MostRows
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"the worst {MostRows} of {late.Length} rows"
                )
                : "all vCPUs";
        HeatMapRow first = rows.MaxBy(row => row.Worst.Max())!;
        yield return new HeatMapChart(
            $"Worst lateness by vCPU and time: {backend.Backend}, {which}",
            $"Worst lateness by vCPU and time on {backend.Backend}: the latest timer was {Quantities.Span(first.Worst.Max())} late, on {first.Vcpus}",
            [
                .. Enumerable
                    .Range(0, rows[0].Worst.Length)
                    .Select(column => Quantities.Span((double)column * map.Span.Nanoseconds)),
            ],
            [.. rows.Select(row => row.Vcpus)],
            ChartUnit.Span,
            [
                .. rows.SelectMany(
                    (row, number) =>
                        row
                            .Worst.Select((cell, column) => (double[])[column, number, Late(cell)])
                            .Where((_, column) => row.Worst[column] is not null)
                ),
            ]
        );
    }

    /// <summary>On a logarithmic scale nothing is less than a nanosecond.</summary>
    private static double Late(VirtualDuration? cell) => Math.Max(1, cell?.Nanoseconds ?? 1);
}
