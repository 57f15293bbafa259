using System;
using System.Linq;
using CsCheck;
using PvTimer.Formats.Lateness;

namespace PvTimer.Formats.Tests.Lateness;

public class KolmogorovSmirnovTests
{
    [Theory]
    [InlineData(new long[] { 1, 2, 3 }, new long[] { 1, 2, 3 }, 0.0)]
    [InlineData(new long[] { 1, 2, 3 }, new long[] { 4, 5, 6 }, 1.0)]
    [InlineData(new long[] { 1, 1, 1, 2 }, new long[] { 1, 2 }, 0.25)]
    [InlineData(new long[] { 1, 2, 3, 4 }, new long[] { 3, 4, 5, 6 }, 0.5)]
    [InlineData(new long[] { 5 }, new long[] { 1, 9 }, 0.5)]
    public void Distance_is_the_largest_gap_of_the_distribution_functions(
        long[] first,
        long[] second,
        double distance
    )
    {
        Assert.Equal(distance, KolmogorovSmirnov.Distance(Spans.Of(first), Spans.Of(second)), 12);
    }

    [Fact]
    public void Distance_equals_the_definition_evaluated_at_every_value()
    {
        Gen<long[]> values = Gen.Long[0, 20].Array[1, 30];
        Gen.Select(values, values)
            .Sample(
                (first, second) =>
                {
                    double expected = first
                        .Concat(second)
                        .Max(x =>
                            Math.Abs(
                                (first.Count(y => y <= x) / (double)first.Length)
                                    - (second.Count(y => y <= x) / (double)second.Length)
                            )
                        );
                    double actual = KolmogorovSmirnov.Distance(Spans.Of(first), Spans.Of(second));
                    Assert.Equal(expected, actual, 12);
                }
            );
    }

    [Fact]
    public void Distance_to_nothing_is_refused()
    {
        Assert.Throws<ArgumentException>(() => KolmogorovSmirnov.Distance(Spans.Of(1), Spans.Of()));
        Assert.Throws<ArgumentException>(() => KolmogorovSmirnov.Distance(Spans.Of(), Spans.Of(1)));
    }
}
