using System;
using System.Linq;
using PvTimer.Model.Chance;
using PvTimer.Model.Costs;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Chance;

public class PhiloxSequenceTests
{
    /// <summary>The known-answer vectors of Random123 for philox4x32-10.</summary>
    [Theory]
    [InlineData(0x00000000u, 0x00000000u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    public void Philox_gives_the_published_vectors(
        uint counter,
        uint key,
        uint x0,
        uint x1,
        uint x2,
        uint x3
    ) =>
        Assert.Equal(
            (x0, x1, x2, x3),
            PhiloxSequence.Block((counter, counter, counter, counter), (key, key))
        );

    [Fact]
    public void Philox_gives_the_published_vector_of_pi() =>
        Assert.Equal(
            (0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u),
            PhiloxSequence.Block(
                (0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344),
                (0xa4093822, 0x299f31d0)
            )
        );

    [Fact]
    public void Sequences_of_other_entities_or_purposes_differ()
    {
        ulong[] first =
        [
            new PhiloxSequence(1, 1, ChancePurpose.GuestDeadlines).NextUInt64(),
            new PhiloxSequence(2, 1, ChancePurpose.GuestDeadlines).NextUInt64(),
            new PhiloxSequence(1, 2, ChancePurpose.GuestDeadlines).NextUInt64(),
            new PhiloxSequence(1, 1, ChancePurpose.WakeUpLatency).NextUInt64(),
        ];
        Assert.Equal(4, first.Distinct().Count());
    }

    [Fact]
    public void Exponential_spans_have_their_mean_and_their_quantiles()
    {
        const int Draws = 200_000;
        PhiloxSequence chance = new(3, 0, ChancePurpose.GuestDeadlines);
        VirtualDuration mean = VirtualDuration.FromMicroseconds(100);
        long[] spans = new long[Draws];
        for (int i = 0; i < Draws; i++)
        {
            spans[i] = ExponentialSampler.Draw(ref chance, mean).Nanoseconds;
        }
        Array.Sort(spans);
        Assert.InRange(spans.Average(), 99_000, 101_000);
        Assert.InRange(spans[Draws / 2], 0.99 * Math.Log(2) * 1e5, 1.01 * Math.Log(2) * 1e5);
        Assert.InRange(
            spans[Draws * 99 / 100],
            0.97 * Math.Log(100) * 1e5,
            1.03 * Math.Log(100) * 1e5
        );
    }

    [Fact]
    public void A_table_of_quantiles_is_drawn_evenly()
    {
        CostDistribution table = new([
            VirtualDuration.FromNanoseconds(0),
            VirtualDuration.FromNanoseconds(100),
            VirtualDuration.FromNanoseconds(1000),
        ]);
        PhiloxSequence chance = new(3, 0, ChancePurpose.WakeUpLatency);
        int below = 0;
        for (int i = 0; i < 10_000; i++)
        {
            VirtualDuration drawn = table.Draw(ref chance);
            Assert.InRange(drawn.Nanoseconds, 0, 1000);
            below += drawn.Nanoseconds < 100 ? 1 : 0;
        }
        Assert.InRange(below, 4_800, 5_200);
    }
}
