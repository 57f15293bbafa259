using System.Linq;
using PvTimer.Model.Looks;
using PvTimer.Model.Reports;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Looks;

/// <summary>Spans counted by quarters of an octave.</summary>
public sealed class QuarterOctavesTests
{
    [Theory]
    [InlineData(-5, 0)]
    [InlineData(0, 0)]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    [InlineData(7, 7)]
    [InlineData(8, 8)]
    [InlineData(9, 8)]
    [InlineData(10, 9)]
    [InlineData(15, 11)]
    [InlineData(16, 12)]
    [InlineData(1_023, 35)]
    [InlineData(1_024, 36)]
    public void Span_is_in_the_bucket(long nanoseconds, int bucket) =>
        Assert.Equal(bucket, QuarterOctaves.BucketOf(Ns(nanoseconds)));

    [Fact]
    public void Each_bucket_begins_where_the_one_before_ends()
    {
        for (int bucket = 0; bucket < 200; bucket++)
        {
            VirtualDuration least = QuarterOctaves.LeastOf(bucket);
            Assert.Equal(bucket, QuarterOctaves.BucketOf(least));
            VirtualDuration next = QuarterOctaves.LeastOf(bucket + 1);
            Assert.Equal(bucket, QuarterOctaves.BucketOf(next - VirtualDuration.Smallest));
            // A quarter of the octave: no bucket is wider than a fourth of where it begins.
            Assert.True(
                bucket < 4 || (next - least).Nanoseconds * 4 <= least.Nanoseconds,
                $"{bucket}"
            );
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5_000)]
    [InlineData(9_900)]
    [InlineData(9_999)]
    [InlineData(10_000)]
    public void Quantile_is_the_exact_one_or_too_large_by_a_quarter_at_most(int permyriad)
    {
        ExactDistribution exact = new();
        long span = 17;
        for (int value = 0; value < 2_000; value++)
        {
            span = ((span * 6_364_137) + 1_442_695) % 1_000_003;
            exact.Add(Ns(span));
        }
        long coarse = QuarterOctaves.Sum([exact.Quarters]).Quantile(permyriad).Nanoseconds;
        long fine = exact.Quantile(permyriad).Nanoseconds;
        Assert.InRange(coarse, fine, fine * 5 / 4);
    }

    [Fact]
    public void Quantile_of_nothing_is_nothing() =>
        Assert.Equal(VirtualDuration.Zero, QuarterOctaves.None.Quantile(5_000));

    [Fact]
    public void Both_together_have_all_spans_and_the_difference_gives_the_other_back()
    {
        QuarterOctaves left = Of(5, 5, 100, 2_000_000);
        QuarterOctaves right = Of(0, 100, 100, 70);
        QuarterOctaves both = left.Plus(right);
        Assert.Equal(8, both.Count);
        Assert.Equal(
            Of(5, 5, 100, 2_000_000, 0, 100, 100, 70).Buckets.AsEnumerable(),
            both.Buckets
        );
        Assert.Equal(right.Buckets.AsEnumerable(), both.Since(left).Buckets);
        Assert.Empty(left.Since(left).Buckets);
        Assert.Empty(left.Since(both).Buckets);
    }

    [Fact]
    public void Distribution_keeps_its_quarters_once_they_were_asked_for()
    {
        ExactDistribution asked = new();
        asked.Add(Ns(100), times: 3);
        Assert.Equal(3, asked.Quarters[QuarterOctaves.BucketOf(Ns(100))]);
        asked.Add(Ns(100));
        asked.Add(Ns(90_000), times: 2);
        ExactDistribution late = new();
        late.AddAll(asked);
        Assert.Equal(late.Quarters, asked.Quarters);
        Assert.Equal(6, asked.Quarters.Sum());
    }

    [Fact]
    public void Thawed_distribution_counts_its_quarters_anew()
    {
        ExactDistribution frozen = new();
        frozen.Add(Ns(12), times: 4);
        StateWriter writer = new();
        frozen.Transfer(new StateTransfer(writer));
        ExactDistribution thawed = new();
        thawed.Add(Ns(1_000_000));
        Assert.Equal(1, thawed.Quarters.Sum());
        thawed.Transfer(new StateTransfer(new StateReader(writer.ToArray())));
        Assert.Equal(frozen.Quarters, thawed.Quarters);
    }

    private static VirtualDuration Ns(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);

    private static QuarterOctaves Of(params long[] spans)
    {
        ExactDistribution exact = new();
        foreach (long span in spans)
        {
            exact.Add(Ns(span));
        }
        return QuarterOctaves.Sum([exact.Quarters]);
    }
}
