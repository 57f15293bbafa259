using System;
using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Reports;

/// <summary>Buckets of a quarter of an octave: their edges, and what is counted in them.</summary>
public class QuarterOctavesTests
{
    private static VirtualDuration Ns(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);

    private static BoundedDistribution Exact(params long[] nanoseconds)
    {
        BoundedDistribution distribution = new(mostExact: 64);
        foreach (long each in nanoseconds)
        {
            distribution.Add(Ns(each));
        }
        return distribution;
    }

    private static QuarterOctaves Of(params long[] nanoseconds) =>
        QuarterOctaves.Sum([Exact(nanoseconds).Quarters]);

    private static string TextOf(QuarterOctaves octaves) =>
        string.Join(' ', octaves.Buckets.Select(one => $"{one.Bucket}x{one.Count}"));

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    [InlineData(5, 5)]
    [InlineData(6, 6)]
    [InlineData(7, 7)]
    [InlineData(8, 8)]
    [InlineData(9, 8)]
    [InlineData(10, 9)]
    [InlineData(11, 9)]
    [InlineData(15, 11)]
    [InlineData(16, 12)]
    [InlineData(19, 12)]
    [InlineData(20, 13)]
    [InlineData(1_023, 35)]
    [InlineData(1_024, 36)]
    [InlineData(long.MaxValue, 247)]
    public void Bucket_of_a_span_is_its_quarter_of_an_octave(long nanoseconds, int bucket) =>
        Assert.Equal(bucket, QuarterOctaves.BucketOf(Ns(nanoseconds)));

    [Fact]
    public void Buckets_follow_each_other_without_a_gap_and_powers_of_two_begin_one()
    {
        for (int bucket = 1; bucket <= 247; bucket++)
        {
            VirtualDuration least = QuarterOctaves.LeastOf(bucket);
            Assert.Equal(bucket, QuarterOctaves.BucketOf(least));
            Assert.Equal(bucket - 1, QuarterOctaves.BucketOf(least - VirtualDuration.Smallest));
        }
        for (int power = 2; power < 63; power++)
        {
            int bucket = QuarterOctaves.BucketOf(Ns(1L << power));
            Assert.Equal(Ns(1L << power), QuarterOctaves.LeastOf(bucket));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(248)]
    public void Bucket_that_does_not_exist_is_refused(int bucket) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => QuarterOctaves.LeastOf(bucket));

    [Fact]
    public void Quantile_is_not_less_than_the_exact_one_and_a_quarter_more_at_most()
    {
        Random random = new(4_711);
        for (int round = 0; round < 200; round++)
        {
            long[] spans =
            [
                .. Enumerable
                    .Range(0, random.Next(1, 60))
                    .Select(_ => random.NextInt64(1L << random.Next(1, 40))),
            ];
            foreach (int permyriad in new[] { 0, 1, 2_500, 5_000, 9_900, 9_999, 10_000 })
            {
                ExactDistribution all = new();
                all.AddAll(Exact(spans));
                long exact = all.Quantile(permyriad).Nanoseconds;
                long coarse = Of(spans).Quantile(permyriad).Nanoseconds;
                Assert.InRange(coarse, exact, exact + (exact / 4));
            }
        }
    }

    [Fact]
    public void Quantile_of_nothing_is_zero_that_of_the_longest_is_itself_and_beyond_its_range_is_refused()
    {
        Assert.Equal(VirtualDuration.Zero, QuarterOctaves.None.Quantile(9_900));
        Assert.Equal(Ns(long.MaxValue), Of(1, long.MaxValue).Quantile(10_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => Of(1).Quantile(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Of(1).Quantile(10_001));
    }

    [Fact]
    public void Spans_of_both_are_added_bucket_by_bucket()
    {
        QuarterOctaves sum = Of(1, 8, 9, 300).Plus(Of(9, 2));
        Assert.Equal("1x1 2x1 8x3 28x1", TextOf(sum));
        Assert.Equal(6, sum.Count);
        Assert.Equal("1x1", TextOf(Of(1).Plus(QuarterOctaves.None)));
    }

    [Fact]
    public void Sum_of_several_counts_is_as_long_as_the_longest() =>
        Assert.Equal(
            "1x2 8x1 28x1",
            TextOf(
                QuarterOctaves.Sum([Exact(1).Quarters, Exact(300, 8).Quarters, Exact(1).Quarters])
            )
        );

    [Fact]
    public void Spans_since_an_earlier_look_are_the_difference()
    {
        QuarterOctaves later = Of(1, 8, 9, 300, 300);
        Assert.Equal("8x1 28x2", TextOf(later.Since(Of(1, 8))));
        Assert.Equal("", TextOf(later.Since(later)));
        Assert.Equal(TextOf(later), TextOf(later.Since(QuarterOctaves.None)));
    }

    /// <summary>After a journey back in time, and of another machine.</summary>
    [Fact]
    public void Spans_since_what_is_no_earlier_look_are_none()
    {
        Assert.Equal("", TextOf(Of(1).Since(Of(1, 8))));
        Assert.Equal("", TextOf(Of(1, 300).Since(Of(8))));
    }

    [Fact]
    public void Quarters_are_the_same_whenever_they_are_asked_for_first()
    {
        BoundedDistribution early = new(mostExact: 64);
        BoundedDistribution late = new(mostExact: 64);
        Assert.Empty(early.Quarters);
        foreach (long each in new long[] { 7, 300, -1, 7, 0 })
        {
            early.Add(Ns(each));
            late.Add(Ns(each));
        }
        Assert.Equal(late.Quarters, early.Quarters);
        Assert.Equal(5, early.Quarters.Sum());
    }

    [Fact]
    public void Quarters_of_a_thawed_distribution_are_those_of_what_was_frozen()
    {
        BoundedDistribution thawed = Exact(1, 2, 3);
        Assert.Equal(3, thawed.Quarters.Sum());
        thawed.Transfer(new StateTransfer(new StateReader(Frozen(Exact(7, 300)))));
        Assert.Equal(Exact(7, 300).Quarters, thawed.Quarters);
    }

    /// <summary>What looks need for themselves is in no checkpoint.</summary>
    [Fact]
    public void Distribution_that_was_looked_at_freezes_as_the_undisturbed_one()
    {
        BoundedDistribution looked = Exact(7, 300);
        Assert.NotEmpty(looked.Quarters);
        Assert.Equal(Frozen(Exact(7, 300)), Frozen(looked));
    }

    private static byte[] Frozen(BoundedDistribution distribution)
    {
        StateWriter writer = new();
        distribution.Transfer(new StateTransfer(writer));
        return writer.ToArray();
    }
}
