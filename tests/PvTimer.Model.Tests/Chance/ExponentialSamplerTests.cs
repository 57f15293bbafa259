using System;
using PvTimer.Model.Chance;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Chance;

/// <summary>Draws from distributions: by inversion, and evenly between two ends.</summary>
public class ExponentialSamplerTests
{
    /// <summary>The same numbers through Math.Log, which is exact enough for a test.</summary>
    [Fact]
    public void Draw_is_minus_the_mean_times_the_logarithm_of_the_number_drawn()
    {
        PhiloxSequence drawn = new(11, 3, ChancePurpose.GuestDeadlines);
        PhiloxSequence same = new(11, 3, ChancePurpose.GuestDeadlines);
        VirtualDuration mean = VirtualDuration.FromSeconds(1);
        for (int i = 0; i < 2_000; i++)
        {
            double u = (same.NextUInt64() + 1.0) / Math.Pow(2, 64);
            long expected = (long)(-Math.Log(u) * 1e9);
            Assert.InRange(
                ExponentialSampler.Draw(ref drawn, mean).Nanoseconds,
                expected - 2,
                expected + 2
            );
        }
    }

    [Fact]
    public void Span_between_two_ends_reaches_both_and_nothing_else()
    {
        PhiloxSequence chance = new(13, 0, ChancePurpose.GuestDeadlines);
        int[] seen = new int[4];
        for (int i = 0; i < 4_000; i++)
        {
            VirtualDuration span = chance.NextBetween(
                VirtualDuration.FromNanoseconds(7),
                VirtualDuration.FromNanoseconds(10)
            );
            seen[span.Nanoseconds - 7]++;
        }
        Assert.All(seen, times => Assert.InRange(times, 880, 1_120));
    }
}
