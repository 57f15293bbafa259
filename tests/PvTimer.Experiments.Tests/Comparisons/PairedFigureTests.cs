using System;
using System.Collections.Immutable;
using PvTimer.Experiments.Comparisons;

namespace PvTimer.Experiments.Tests.Comparisons;

/// <summary>What repetitions say: the interval decides, not the mean.</summary>
public sealed class PairedFigureTests
{
    [Theory]
    [InlineData(PairedVerdict.Equal, new[] { 1.0, 5, 2 }, new[] { 1.0, 5, 2 })]
    [InlineData(PairedVerdict.Lower, new[] { 10.0, 50, 20 }, new[] { 9.0, 48.9, 19.1 })]
    [InlineData(PairedVerdict.Higher, new[] { 10.0, 50, 20 }, new[] { 11.0, 51.1, 20.9 })]
    [InlineData(PairedVerdict.Inconclusive, new[] { 10.0, 10, 10 }, new[] { 9.0, 11.5, 9 })]
    [InlineData(PairedVerdict.Inconclusive, new[] { 10.0 }, new[] { 9.0 })]
    public void Verdict_follows_from_the_interval_of_the_paired_differences(
        PairedVerdict expected,
        double[] left,
        double[] right
    ) => Assert.Equal(expected, Of(left, right).Verdict);

    [Fact]
    public void Difference_that_never_varies_is_certain()
    {
        PairedFigure figure = Of([1, 2, 3], [2, 3, 4]);
        Assert.Equal(PairedVerdict.Higher, figure.Verdict);
        Assert.Null(figure.EffectSize);
        Assert.Equal(0.5, figure.Change);
    }

    [Fact]
    public void Interval_and_effect_size_are_those_of_a_paired_t_test()
    {
        // Differences 1, 2, 3: mean 2, s 1, t(0.975, 2) = 4.302653.
        PairedFigure figure = Of([10, 20, 30], [11, 22, 33]);
        Assert.Equal(2, figure.Difference!.Mean);
        Assert.Equal(2 - (4.302653 / Math.Sqrt(3)), figure.Difference.Low!.Value, 5);
        Assert.Equal(2, figure.EffectSize);
        Assert.Equal(PairedVerdict.Inconclusive, figure.Verdict);
    }

    [Fact]
    public void Figure_that_a_side_has_not_in_a_repetition_is_absent()
    {
        PairedFigure figure = PairedFigure.Of("p50", FigureUnit.Span, [(1, 2), (1, null)], 0.95);
        Assert.Equal(PairedVerdict.Absent, figure.Verdict);
        Assert.Null(figure.Left);
    }

    private static PairedFigure Of(double[] left, double[] right)
    {
        ImmutableArray<(double?, double?)>.Builder pairs = ImmutableArray.CreateBuilder<(
            double?,
            double?
        )>();
        for (int index = 0; index < left.Length; index++)
        {
            pairs.Add((left[index], right[index]));
        }
        return PairedFigure.Of("figure", FigureUnit.Ratio, pairs.ToImmutable(), 0.95);
    }
}
