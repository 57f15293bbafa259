using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Reports;

/// <summary>Spans counted exactly while they are few, with three digits when they are many, in bounded memory.</summary>
public class BoundedDistributionTests
{
    private static VirtualDuration Ns(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);

    private static BoundedDistribution Of(int mostExact, params long[] nanoseconds)
    {
        BoundedDistribution distribution = new(mostExact);
        foreach (long each in nanoseconds)
        {
            distribution.Add(Ns(each));
        }
        return distribution;
    }

    private static string TextOf(BoundedDistribution distribution) =>
        string.Join(
            ' ',
            distribution.Ascending().Select(entry => $"{entry.Span.Nanoseconds}x{entry.Count}")
        );

    private static byte[] Frozen(BoundedDistribution distribution)
    {
        StateWriter writer = new();
        distribution.Transfer(new StateTransfer(writer));
        return writer.ToArray();
    }

    /// <summary>Long enough for a table, with every value twice.</summary>
    private static long[] Many(int values) =>
        [.. Enumerable.Range(0, 2 * values).Select(index => (long)(index * 7919 % values) * 1_001)];

    [Fact]
    public void Few_values_are_counted_exactly_and_listed_ascending()
    {
        BoundedDistribution distribution = Of(4, 3_000_001, -10, 3_000_001, 5, 0);
        Assert.False(distribution.IsRounded);
        Assert.Equal("-10x1 0x1 5x1 3000001x2", TextOf(distribution));
        Assert.Equal(5, distribution.Count);
    }

    [Fact]
    public void One_value_too_many_rounds_all_of_them_and_those_that_come()
    {
        BoundedDistribution distribution = Of(2, 2_047, 1_000_000, 1_000_500);
        distribution.Add(Ns(1_000_001));
        Assert.True(distribution.IsRounded);
        Assert.Equal("2047x1 1000447x2 1000959x1", TextOf(distribution));
        Assert.Equal(4, distribution.Count);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2_047, 2_047)]
    [InlineData(2_048, 2_049)]
    [InlineData(4_095, 4_095)]
    [InlineData(4_096, 4_099)]
    [InlineData(-2_047, -2_047)]
    [InlineData(-4_099, -4_096)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void Rounded_span_is_the_largest_that_looks_alike(long nanoseconds, long rounded) =>
        Assert.Equal(rounded, BoundedDistribution.Round(nanoseconds));

    [Fact]
    public void Rounding_adds_less_than_a_thousandth_and_never_takes_away()
    {
        for (long span = 1; span < long.MaxValue / 3; span += (span / 3) + 1)
        {
            long rounded = BoundedDistribution.Round(span);
            Assert.InRange(rounded - span, 0, span / 1_000);
            Assert.Equal(rounded, BoundedDistribution.Round(rounded));
        }
    }

    /// <summary>A long run has no more values than its octaves have places.</summary>
    [Fact]
    public void Memory_is_bounded_by_three_digits_of_each_octave()
    {
        BoundedDistribution distribution = new(mostExact: 64);
        for (long span = 1_024; span < 1_024 << 10; span++)
        {
            distribution.Add(Ns(span));
        }
        Assert.InRange(distribution.Ascending().Length, 1_000, 10 * 1_024);
    }

    [Theory]
    [InlineData(10, 64)]
    [InlineData(100, 64)]
    [InlineData(1_000, 10_000)]
    [InlineData(1_000, 64)]
    public void Thawed_distribution_goes_on_as_the_frozen_one(int values, int mostExact)
    {
        BoundedDistribution distribution = Of(mostExact, Many(values));
        BoundedDistribution thawed = Of(mostExact, Many(300));
        thawed.Transfer(new StateTransfer(new StateReader(Frozen(distribution))));
        foreach (BoundedDistribution each in (BoundedDistribution[])[distribution, thawed])
        {
            each.Add(Ns(123_456));
        }
        Assert.Equal(TextOf(distribution), TextOf(thawed));
        Assert.Equal(
            (distribution.Count, distribution.IsRounded),
            (thawed.Count, thawed.IsRounded)
        );
        Assert.Equal(Frozen(distribution), Frozen(thawed));
    }

    /// <summary>A checkpoint holds them as they came first, exact ones as they have always been.</summary>
    [Fact]
    public void Frozen_values_stand_in_the_order_in_which_they_came() =>
        Assert.Equal<byte>([6, 2, 10, 4, 9, 2], Frozen(Of(64, 5, 0, 5)));

    [Fact]
    public void Sum_of_distributions_says_that_one_of_them_was_rounded()
    {
        ExactDistribution sum = new();
        sum.AddAll(Of(64, 1, 2, 3));
        Assert.False(sum.IsRounded);
        sum.AddAll(Of(2, 1, 2, 3));
        Assert.True(sum.IsRounded);
        Assert.True(sum.RelativeToSmallest().IsRounded);
        Assert.Equal(6, sum.Count);
    }
}
