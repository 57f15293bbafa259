namespace PvTimer.Experiments.Tests;

public sealed class QuantitiesTests
{
    [Theory]
    [InlineData(0, "0 ns")]
    [InlineData(850, "850 ns")]
    [InlineData(1_234, "1.23 us")]
    [InlineData(13_240, "13.2 us")]
    [InlineData(-13_240, "-13.2 us")]
    [InlineData(250_000_000, "250 ms")]
    [InlineData(3_060_000_000, "3.06 s")]
    public void Span_is_shown_in_the_unit_that_suits_it(double nanoseconds, string expected) =>
        Assert.Equal(expected, Quantities.Span(nanoseconds));

    [Theory]
    [InlineData(12_345, "12 345")]
    [InlineData(3_200_000, "3.20 M")]
    [InlineData(-40, "-40")]
    public void Count_is_grouped_or_scaled(double count, string expected) =>
        Assert.Equal(expected, Quantities.Count(count));
}
