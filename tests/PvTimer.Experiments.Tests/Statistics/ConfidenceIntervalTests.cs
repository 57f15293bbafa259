using System;
using PvTimer.Experiments.Statistics;

namespace PvTimer.Experiments.Tests.Statistics;

public sealed class ConfidenceIntervalTests
{
    /// <summary>t(0.975, n - 1) and t(0.995, n - 1) as printed in NIST/SEMATECH e-Handbook, table 1.3.6.7.2.</summary>
    [Theory]
    [InlineData(2, 0.95, 12.706)]
    [InlineData(5, 0.95, 2.776)]
    [InlineData(10, 0.95, 2.262)]
    [InlineData(5, 0.99, 4.604)]
    [InlineData(31, 0.99, 2.750)]
    public void Half_width_is_the_tabled_quantile_of_t_by_the_standard_error(
        int count,
        double level,
        double quantile
    )
    {
        double[] samples = new double[count];
        for (int index = 0; index < count; index++)
        {
            samples[index] = index;
        }
        ConfidenceInterval interval = ConfidenceInterval.Of(samples, level);
        double error = interval.StandardDeviation!.Value / Math.Sqrt(count);
        Assert.Equal(quantile, interval.HalfWidth!.Value / error, 3);
        Assert.Equal(count, interval.Count);
        Assert.Equal(level, interval.Level);
    }

    [Fact]
    public void Mean_median_and_deviation_are_those_of_the_samples()
    {
        ConfidenceInterval interval = ConfidenceInterval.Of([9, 1, 2, 4]);
        Assert.Equal(4, interval.Mean);
        Assert.Equal(3, interval.Median);
        Assert.Equal(Math.Sqrt(38.0 / 3), interval.StandardDeviation!.Value, 12);
        Assert.Equal(2 * interval.Mean, interval.Low!.Value + interval.High!.Value, 9);
    }

    [Fact]
    public void One_sample_has_a_mean_and_no_interval()
    {
        ConfidenceInterval interval = ConfidenceInterval.Of([7]);
        Assert.Equal(7, interval.Mean);
        Assert.Equal(7, interval.Median);
        Assert.Null(interval.StandardDeviation);
        Assert.Null(interval.HalfWidth);
        Assert.Null(interval.Low);
        Assert.Null(interval.High);
    }

    [Fact]
    public void Equal_samples_leave_no_width() =>
        Assert.Equal(0, ConfidenceInterval.Of([3, 3, 3]).HalfWidth);

    [Fact]
    public void Order_of_the_samples_is_not_seen_in_any_digit() =>
        Assert.Equal(
            ConfidenceInterval.Of([0.1, 0.7, 1e9, 0.3]),
            ConfidenceInterval.Of([1e9, 0.3, 0.7, 0.1])
        );

    [Fact]
    public void What_is_no_sample_or_no_level_is_refused()
    {
        Assert.Throws<ArgumentException>(() => ConfidenceInterval.Of([]));
        Assert.Throws<ArgumentException>(() => ConfidenceInterval.Of([1, double.NaN]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ConfidenceInterval.Of([1, 2], 95));
        Assert.Throws<ArgumentOutOfRangeException>(() => ConfidenceInterval.Of([1, 2], 0));
    }
}
