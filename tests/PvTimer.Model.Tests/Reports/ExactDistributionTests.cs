using System;
using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Reports;

/// <summary>Quantiles by nearest rank, sums, and sums of distributions.</summary>
public class ExactDistributionTests
{
    private static VirtualDuration Ns(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);

    private static ExactDistribution Of(params long[] nanoseconds)
    {
        ExactDistribution distribution = new();
        foreach (long each in nanoseconds)
        {
            distribution.Add(Ns(each));
        }
        return distribution;
    }

    private static string TextOf(ExactDistribution distribution) =>
        string.Join(
            ' ',
            distribution.Ascending().Select(entry => $"{entry.Span.Nanoseconds}x{entry.Count}")
        );

    [Theory]
    [InlineData(0, 10)]
    [InlineData(2_500, 10)]
    [InlineData(2_501, 20)]
    [InlineData(5_000, 20)]
    [InlineData(5_001, 30)]
    [InlineData(7_500, 30)]
    [InlineData(7_501, 40)]
    [InlineData(10_000, 40)]
    public void Quantile_is_the_value_of_the_nearest_rank(int permyriad, long nanoseconds) =>
        Assert.Equal(Ns(nanoseconds), Of(30, 10, 40, 20).Quantile(permyriad));

    [Fact]
    public void Quantile_of_nothing_is_zero_and_beyond_its_range_is_refused()
    {
        Assert.Equal(VirtualDuration.Zero, Of().Quantile(5_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => Of(1).Quantile(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Of(1).Quantile(10_001));
    }

    [Fact]
    public void Values_are_counted_summed_and_listed_ascending()
    {
        ExactDistribution distribution = Of(30, -10, 30);
        distribution.Add(Ns(5), times: 4);
        Assert.Equal(7, distribution.Count);
        Assert.Equal(70, distribution.Sum);
        Assert.Equal("-10x1 5x4 30x2", TextOf(distribution));
    }

    [Fact]
    public void Distribution_takes_in_another_with_its_counts()
    {
        ExactDistribution distribution = Of(30, 10);
        distribution.AddAll(Of(10, 10, 7));
        Assert.Equal("7x1 10x3 30x1", TextOf(distribution));
        Assert.Equal(5, distribution.Count);
    }

    [Fact]
    public void Time_of_pcpus_is_added_use_by_use()
    {
        CpuTime one = new(Ns(1), Ns(2), Ns(3), Ns(4), Ns(5), Ns(6));
        CpuTime two = new(Ns(10), Ns(20), Ns(30), Ns(40), Ns(50), Ns(60));
        Assert.Equal(new CpuTime(Ns(11), Ns(22), Ns(33), Ns(44), Ns(55), Ns(66)), one + two);
        Assert.Equal(Ns(21), one.Total);
        Assert.Equal(Ns(15), one.Busy);
        Assert.Equal(one, one + CpuTime.None);
    }
}
