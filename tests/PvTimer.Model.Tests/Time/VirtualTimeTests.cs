using System;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Time;

/// <summary>Instants and spans: order, units, and the ends of their ranges.</summary>
public class VirtualTimeTests
{
    private static VirtualTime At(long nanoseconds) => VirtualTime.FromNanoseconds(nanoseconds);

    private static VirtualDuration Span(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    public void Instants_spans_and_counters_are_ordered_as_their_numbers(long left, long right)
    {
        TscTicks few = new((ulong)left);
        TscTicks many = new((ulong)right);
        Assert.Equal(left < right, At(left) < At(right));
        Assert.Equal(left > right, At(left) > At(right));
        Assert.Equal(left <= right, At(left) <= At(right));
        Assert.Equal(left >= right, At(left) >= At(right));
        Assert.Equal(left.CompareTo(right), At(left).CompareTo(At(right)));
        Assert.Equal(left < right, Span(left) < Span(right));
        Assert.Equal(left > right, Span(left) > Span(right));
        Assert.Equal(left <= right, Span(left) <= Span(right));
        Assert.Equal(left >= right, Span(left) >= Span(right));
        Assert.Equal(left.CompareTo(right), Span(left).CompareTo(Span(right)));
        Assert.Equal(left < right, few < many);
        Assert.Equal(left > right, few > many);
        Assert.Equal(left <= right, few <= many);
        Assert.Equal(left >= right, few >= many);
        Assert.Equal(left.CompareTo(right), few.CompareTo(many));
        Assert.Equal(Math.Min(left, right), VirtualTime.Min(At(left), At(right)).Nanoseconds);
        Assert.Equal(Math.Max(left, right), VirtualTime.Max(At(left), At(right)).Nanoseconds);
        Assert.Equal(
            Math.Min(left, right),
            VirtualDuration.Min(Span(left), Span(right)).Nanoseconds
        );
        Assert.Equal(
            Math.Max(left, right),
            VirtualDuration.Max(Span(left), Span(right)).Nanoseconds
        );
    }

    [Fact]
    public void Units_are_powers_of_a_thousand()
    {
        Assert.Equal(3_000, VirtualDuration.FromMicroseconds(3).Nanoseconds);
        Assert.Equal(3_000_000, VirtualDuration.FromMilliseconds(3).Nanoseconds);
        Assert.Equal(3_000_000_000, VirtualDuration.FromSeconds(3).Nanoseconds);
        Assert.Equal(1, VirtualDuration.Smallest.Nanoseconds);
        Assert.Equal(2_500_000, TscFrequency.FromMegahertz(2_500).Kilohertz);
    }

    [Fact]
    public void Instants_and_spans_add_up()
    {
        Assert.Equal(At(12), At(5) + Span(7));
        Assert.Equal(At(2), At(9) - Span(7));
        Assert.Equal(Span(-4), At(5) - At(9));
        Assert.Equal(Span(12), Span(5) + Span(7));
        Assert.Equal(Span(-2), Span(5) - Span(7));
        Assert.Equal(Span(35), Span(5) * 7);
    }

    [Fact]
    public void Instant_before_the_run_is_refused()
    {
        Assert.Equal(VirtualTime.Zero, At(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => At(-1));
    }

    [Fact]
    public void Sum_beyond_the_range_stops_the_run()
    {
        Assert.Throws<OverflowException>(() => VirtualTime.MaxValue + VirtualDuration.Smallest);
        Assert.Throws<OverflowException>(() => Span(long.MinValue) - Span(1));
        Assert.Throws<OverflowException>(() => VirtualDuration.FromSeconds(10_000_000_000));
    }

    [Fact]
    public void Texts_say_the_unit()
    {
        Assert.Equal("5 ns", At(5).ToString());
        Assert.Equal("-5 ns", Span(-5).ToString());
        Assert.Equal("5 cycles", new TscTicks(5).ToString());
        Assert.Equal("1000khz", TscFrequency.FromMegahertz(1).ToString());
    }
}
