using System;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Time;

/// <summary>Counters and their rates: rounding, and the ends of their ranges.</summary>
public class TscTests
{
    [Theory]
    [InlineData(5UL, 3, 8UL)]
    [InlineData(5UL, -3, 2UL)]
    [InlineData(5UL, -5, 0UL)]
    [InlineData(5UL, -6, 0UL)]
    [InlineData(ulong.MaxValue - 5, 5, ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 5, 6, ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 5, 4, ulong.MaxValue - 1)]
    [InlineData(7UL, 0, 7UL)]
    public void Counter_stops_at_its_ends(ulong from, long cycles, ulong to) =>
        Assert.Equal(new TscTicks(to), new TscTicks(from).PlusSaturating(cycles));

    [Theory]
    [InlineData(9UL, 4UL, 5)]
    [InlineData(4UL, 9UL, -5)]
    [InlineData(4UL, 4UL, 0)]
    public void Distance_of_two_values_has_a_sign(ulong later, ulong earlier, long cycles) =>
        Assert.Equal(cycles, new TscTicks(later).CyclesSince(new TscTicks(earlier)));

    [Fact]
    public void Distance_beyond_63_bits_stops_the_run() =>
        Assert.Throws<OverflowException>(() => TscTicks.MaxValue.CyclesSince(TscTicks.Zero));

    [Fact]
    public void Rate_lies_between_1_khz_and_100_ghz()
    {
        Assert.Equal(1, TscFrequency.FromKilohertz(1).Kilohertz);
        Assert.Equal(100_000_000, TscFrequency.FromKilohertz(100_000_000).Kilohertz);
        Assert.Throws<ArgumentOutOfRangeException>(() => TscFrequency.FromKilohertz(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => TscFrequency.FromKilohertz(100_000_001));
    }

    /// <summary>At 2 cycles per 3 ns.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(5, 3)]
    [InlineData(-1, -1)]
    [InlineData(-2, -2)]
    [InlineData(-5, -4)]
    public void Cycles_in_a_span_are_rounded_down(long nanoseconds, long cycles) =>
        Assert.Equal(
            cycles,
            TscFrequency
                .FromKilohertz(666_667)
                .CyclesIn(VirtualDuration.FromNanoseconds(nanoseconds))
        );

    [Fact]
    public void Whole_cycles_are_not_rounded()
    {
        TscFrequency half = TscFrequency.FromMegahertz(500);
        Assert.Equal(-2, half.CyclesIn(VirtualDuration.FromNanoseconds(-4)));
        Assert.Equal(2, half.CyclesIn(VirtualDuration.FromNanoseconds(4)));
        Assert.Equal(4, half.SpanOf(2).Nanoseconds);
        Assert.Equal(-4, half.SpanOf(-2).Nanoseconds);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(-1, -1)]
    [InlineData(-4, -5)]
    public void Span_of_cycles_is_rounded_up(long cycles, long nanoseconds) =>
        Assert.Equal(nanoseconds, TscFrequency.FromKilohertz(666_667).SpanOf(cycles).Nanoseconds);

    [Fact]
    public void Counter_reaches_what_it_starts_with_at_its_start()
    {
        VirtualTime since = VirtualTime.FromNanoseconds(70);
        TscClock clock = new(new TscTicks(100), TscFrequency.FromMegahertz(1_000))
        {
            Since = since,
        };
        Assert.Equal(since, clock.TimeOf(new TscTicks(99)));
        Assert.Equal(since, clock.TimeOf(new TscTicks(100)));
        Assert.Equal(71, clock.TimeOf(new TscTicks(101)).Nanoseconds);
        Assert.Equal(new TscTicks(105), clock.At(VirtualTime.FromNanoseconds(75)));
    }

    [Fact]
    public void Value_beyond_what_can_be_scheduled_is_reached_at_the_end_of_time()
    {
        TscClock clock = new(TscTicks.Zero, TscFrequency.FromMegahertz(1_000));
        Assert.Equal(VirtualTime.MaxValue, clock.TimeOf(TscTicks.MaxValue));
        Assert.Equal(VirtualTime.MaxValue, clock.TimeOf(new TscTicks(long.MaxValue)));
        Assert.Equal(long.MaxValue - 1, clock.TimeOf(new TscTicks(long.MaxValue - 1)).Nanoseconds);
    }

    [Fact]
    public void Counter_that_paused_goes_on_from_where_it_stood()
    {
        TscClock clock = new(new TscTicks(100), TscFrequency.FromMegahertz(2_000));
        TscClock paused = clock.Paused(
            VirtualTime.FromNanoseconds(10),
            VirtualTime.FromNanoseconds(25)
        );
        Assert.Equal(new TscTicks(120), paused.At(VirtualTime.FromNanoseconds(25)));
        Assert.Equal(new TscTicks(130), paused.At(VirtualTime.FromNanoseconds(30)));
        Assert.Equal(clock.Frequency, paused.Frequency);
    }
}
