using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Experiments.Statistics;

namespace PvTimer.Experiments.Comparisons;

/// <summary>What the repetitions say of one figure.</summary>
public enum PairedVerdict
{
    /// <summary>It is the same in every repetition.</summary>
    Equal,

    /// <summary>The interval of the difference lies below zero: the second side has less.</summary>
    Lower,

    /// <summary>The interval of the difference lies above zero: the second side has more.</summary>
    Higher,

    /// <summary>The interval holds zero, or there are too few repetitions for one.</summary>
    Inconclusive,

    /// <summary>A side has no such figure in some repetition.</summary>
    Absent,
}

/// <summary>One figure of both sides, repetition by repetition with the same seed.</summary>
/// <param name="Metric">As thresholds name it, or a criterion of the verdict.</param>
/// <param name="Unit">Of its values.</param>
/// <param name="Left">Of the first side, over the repetitions; null where one has no value.</param>
/// <param name="Right">Of the second side.</param>
/// <param name="Difference">Second less first, paired by seed; null without values.</param>
public sealed record PairedFigure(
    string Metric,
    FigureUnit Unit,
    ConfidenceInterval? Left,
    ConfidenceInterval? Right,
    ConfidenceInterval? Difference
)
{
    /// <summary>
    /// Cohen's d of the pairs: the mean difference in standard deviations of the differences. Null if they do not vary.
    /// </summary>
    public double? EffectSize =>
        Difference?.StandardDeviation is > 0 and { } deviation ? Difference.Mean / deviation : null;

    /// <summary>The difference as a share of the first side's mean; null if that is zero.</summary>
    public double? Change =>
        Left is { } left && Difference is { } difference && left.Mean != 0
            ? difference.Mean / Math.Abs(left.Mean)
            : null;

    public PairedVerdict Verdict =>
        Difference switch
        {
            null => PairedVerdict.Absent,
            { Mean: 0, StandardDeviation: null or 0 } => PairedVerdict.Equal,
            { High: < 0 } => PairedVerdict.Lower,
            { Low: > 0 } => PairedVerdict.Higher,
            _ => PairedVerdict.Inconclusive,
        };

    /// <param name="metric">See <see cref="Metric"/>.</param>
    /// <param name="unit">See <see cref="Unit"/>.</param>
    /// <param name="pairs">One for each repetition; null: that side has no value.</param>
    /// <param name="level">Of the intervals, such as 0.95.</param>
    public static PairedFigure Of(
        string metric,
        FigureUnit unit,
        ImmutableArray<(double? Left, double? Right)> pairs,
        double level
    ) =>
        pairs.Any(pair => pair.Left is null || pair.Right is null)
            ? new PairedFigure(metric, unit, null, null, null)
            : new PairedFigure(
                metric,
                unit,
                ConfidenceInterval.Of(pairs.Select(pair => pair.Left!.Value), level),
                ConfidenceInterval.Of(pairs.Select(pair => pair.Right!.Value), level),
                ConfidenceInterval.Of(
                    pairs.Select(pair => pair.Right!.Value - pair.Left!.Value),
                    level
                )
            );
}

/// <summary>What a figure's values are.</summary>
public enum FigureUnit
{
    /// <summary>A number without a unit.</summary>
    Ratio,

    /// <summary>For each second of virtual time.</summary>
    PerSecond,

    /// <summary>Nanoseconds for each second of virtual time.</summary>
    SpanPerSecond,

    /// <summary>Nanoseconds.</summary>
    Span,
}
