using PvTimer.Model.Migration;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Migration;

/// <summary>How long a live migration's rounds take, and what is left for the downtime.</summary>
public class PreCopyTests
{
    /// <summary>8 bits per nanosecond: a byte takes a nanosecond.</summary>
    private static NetworkDescription Network { get; } =
        new(VirtualDuration.FromMicroseconds(10), new DataRate(8_000_000_000));

    private static DataRate BytesPerMicrosecond(long bytes) => new(bytes * 8 * 1_000_000);

    private static MigrationParameters Million { get; } =
        new()
        {
            Memory = new DataSize(1_000_000),
            DirtyRate = BytesPerMicrosecond(500),
            MaxDowntime = VirtualDuration.FromMicroseconds(100),
        };

    [Fact]
    public void Rounds_go_on_until_the_rest_fits_into_the_downtime()
    {
        // 1 000 000 bytes leave 500 000 dirty, these 250 000, then 125 000, then 62 500.
        PreCopy rounds = PreCopy.Of(Million, Network);
        Assert.Equal(4, rounds.Rounds);
        Assert.Equal(1_875_000, rounds.Length.Nanoseconds);
        Assert.Equal(new DataSize(1_875_000), rounds.Sent);
        Assert.Equal(new DataSize(62_500), rounds.Left);
        Assert.Equal(Network.Bandwidth, rounds.Rate);
    }

    [Fact]
    public void Rest_that_just_fits_ends_the_rounds()
    {
        MigrationParameters exact = Million with
        {
            MaxDowntime = VirtualDuration.FromNanoseconds(125_000),
        };
        Assert.Equal(3, PreCopy.Of(exact, Network).Rounds);
        MigrationParameters tighter = exact with
        {
            MaxDowntime = VirtualDuration.FromNanoseconds(124_999),
        };
        Assert.Equal(4, PreCopy.Of(tighter, Network).Rounds);
    }

    [Fact]
    public void Guest_that_dirties_faster_than_the_network_is_stopped_after_the_most_rounds()
    {
        MigrationParameters hopeless = Million with
        {
            DirtyRate = BytesPerMicrosecond(3_000),
            MaxRounds = 5,
        };
        PreCopy rounds = PreCopy.Of(hopeless, Network);
        Assert.Equal(5, rounds.Rounds);
        Assert.Equal(hopeless.Memory, rounds.Left);
        Assert.Equal(5_000_000, rounds.Sent.Bytes);
    }

    [Theory]
    [InlineData(4_000_000_000, 4_000_000_000)]
    [InlineData(16_000_000_000, 8_000_000_000)]
    public void Migration_takes_no_more_than_it_may_and_the_network_has(long asked, long taken) =>
        Assert.Equal(
            new DataRate(taken),
            PreCopy.Of(Million with { Bandwidth = new DataRate(asked) }, Network).Rate
        );

    [Fact]
    public void Time_for_data_is_rounded_up_and_data_within_a_time_down()
    {
        DataRate slow = new(3_000_000_000);
        Assert.Equal(3, slow.TimeFor(new DataSize(1)).Nanoseconds);
        Assert.Equal(8, slow.TimeFor(new DataSize(3)).Nanoseconds);
        Assert.Equal(0, slow.TimeFor(new DataSize(0)).Nanoseconds);
        Assert.Equal(0, slow.Within(VirtualDuration.FromNanoseconds(2)).Bytes);
        Assert.Equal(1, slow.Within(VirtualDuration.FromNanoseconds(3)).Bytes);
        Assert.Equal(3, slow.Within(VirtualDuration.FromNanoseconds(8)).Bytes);
    }

    [Fact]
    public void Sizes_and_rates_have_their_units()
    {
        Assert.Equal(3_145_728, DataSize.FromMebibytes(3).Bytes);
        Assert.Equal(10_000_000_000, DataRate.FromGigabits(10).BitsPerSecond);
        Assert.Equal(8 * 1_048_576, DataRate.FromMebibytes(1).BitsPerSecond);
        Assert.Equal(new DataSize(7), new DataSize(3) + new DataSize(4));
        Assert.Equal(new DataSize(3), DataSize.Min(new DataSize(3), new DataSize(4)));
        Assert.Equal(new DataSize(3), DataSize.Min(new DataSize(4), new DataSize(3)));
        Assert.Equal("7 bytes", new DataSize(7).ToString());
        Assert.Equal("7 bit/s", new DataRate(7).ToString());
    }
}
