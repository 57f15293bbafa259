using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Writers;
using PvTimer.Model.Reports;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Comparisons;

/// <summary>A back-end of each side, over all repetitions.</summary>
/// <param name="Left">The first side's.</param>
/// <param name="Right">The second side's.</param>
/// <param name="Figures">Main figures, always the same in the same order.</param>
/// <param name="Exits">VM-exits per second by reason, those that either side has.</param>
/// <param name="LeftLateness">The first side's, of all repetitions.</param>
/// <param name="RightLateness">The second side's, of all repetitions.</param>
/// <param name="Divergence">Where the first repetition's runs part; null: all their events are alike.</param>
public sealed record ComparedPair(
    TimerBackend Left,
    TimerBackend Right,
    ImmutableArray<PairedFigure> Figures,
    ImmutableArray<PairedFigure> Exits,
    ExactDistribution LeftLateness,
    ExactDistribution RightLateness,
    Divergence? Divergence
)
{
    private static readonly (string Metric, FigureUnit Unit, Func<Sample, double?> Of)[] Main =
    [
        ("exits", FigureUnit.PerSecond, sample => sample.PerSecond(sample.Compared.Exits)),
        (
            "timer_exits_per_fired",
            FigureUnit.Ratio,
            sample =>
                Experiments.Figures.Ratio(sample.Report.TimerExits, sample.Report.Timers.Fired)
        ),
        (
            "cpu_without_polling",
            FigureUnit.SpanPerSecond,
            sample => sample.PerSecond(sample.Compared.BusyWithoutPolling.Nanoseconds)
        ),
        (
            "cpu_with_polling",
            FigureUnit.SpanPerSecond,
            sample => sample.PerSecond(sample.Compared.Busy.Nanoseconds)
        ),
        ("timers_fired", FigureUnit.PerSecond, sample => sample.PerSecond(sample.Compared.Fired)),
        ("lateness_p50", FigureUnit.Span, sample => sample.Quantile(5_000)),
        ("lateness_p90", FigureUnit.Span, sample => sample.Quantile(9_000)),
        ("lateness_p99", FigureUnit.Span, sample => sample.Quantile(9_900)),
        ("lateness_p99_9", FigureUnit.Span, sample => sample.Quantile(9_990)),
        ("lateness_max", FigureUnit.Span, sample => sample.Quantile(10_000)),
    ];

    internal static ComparedPair Of(
        ImmutableArray<(Sample Left, Sample Right)> repetitions,
        double level,
        Divergence? divergence
    )
    {
        (Sample left, Sample right) = repetitions[0];
        return new ComparedPair(
            left.Result.Backend,
            right.Result.Backend,
            [
                .. Main.Select(figure =>
                    PairedFigure.Of(
                        figure.Metric,
                        figure.Unit,
                        [
                            .. repetitions.Select(pair =>
                                (figure.Of(pair.Left), figure.Of(pair.Right))
                            ),
                        ],
                        level
                    )
                ),
            ],
            [
                .. repetitions
                    .SelectMany(pair => pair.Left.Exits.Keys.Concat(pair.Right.Exits.Keys))
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal)
                    .Select(reason =>
                        PairedFigure.Of(
                            reason,
                            FigureUnit.PerSecond,
                            [
                                .. repetitions.Select(pair =>
                                    (
                                        pair.Left.ExitsPerSecond(reason),
                                        pair.Right.ExitsPerSecond(reason)
                                    )
                                ),
                            ],
                            level
                        )
                    ),
            ],
            SumOf(repetitions.Select(pair => pair.Left)),
            SumOf(repetitions.Select(pair => pair.Right)),
            divergence
        );
    }

    private static ExactDistribution SumOf(IEnumerable<Sample> samples)
    {
        ExactDistribution sum = new();
        foreach (Sample sample in samples)
        {
            sum.AddAll(sample.Report.Lateness);
        }
        return sum;
    }

    /// <summary>One repetition of one side.</summary>
    internal sealed record Sample(BackendResult Result, double Seconds)
    {
        public ComparedBackend Compared { get; } = ComparedBackend.Of(Result);

        public MachineReport Report => Result.Report;

        /// <summary>Exits by their names.</summary>
        public ImmutableDictionary<string, long> Exits { get; } =
            NamedExits
                .Of(Result.Report.Exits)
                .ToImmutableDictionary(
                    each => each.Name,
                    each => each.Exits.Count,
                    StringComparer.Ordinal
                );

        public static Sample Of(BackendResult result, Scenario scenario) =>
            new(result, scenario.Duration.Nanoseconds / 1e9);

        public double? PerSecond(long count) => count / Seconds;

        public double? ExitsPerSecond(string reason) => PerSecond(Exits.GetValueOrDefault(reason));

        public double? Quantile(int permyriad) =>
            Experiments.Figures.Quantile(Report.Lateness, permyriad)?.Nanoseconds;
    }
}
