using System;
using CsCheck;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Time;

public class TscClockTests
{
    private static readonly Gen<(TscClock Clock, VirtualTime At)> Clocks = Gen.Select(
        Gen.ULong[0, 1UL << 50],
        Gen.Long[1_000, 5_000_000],
        Gen.Long[0, 1L << 50],
        (start, kilohertz, at) =>
            (
                new TscClock(new TscTicks(start), TscFrequency.FromKilohertz(kilohertz)),
                VirtualTime.FromNanoseconds(at)
            )
    );

    [Fact]
    public void A_counter_has_reached_a_value_at_its_time_and_not_a_nanosecond_before() =>
        Clocks.Sample(sample =>
        {
            TscTicks value = sample.Clock.At(sample.At).PlusSaturating(1);
            VirtualTime reached = sample.Clock.TimeOf(value);
            return sample.Clock.At(reached) >= value
                && sample.Clock.At(reached - VirtualDuration.Smallest) < value;
        });

    [Fact]
    public void A_value_that_cannot_be_reached_is_at_the_end_of_time()
    {
        TscClock clock = new(default, TscFrequency.FromKilohertz(1));
        Assert.Equal(VirtualTime.MaxValue, clock.TimeOf(TscTicks.MaxValue));
    }

    [Fact]
    public void A_value_before_the_run_was_reached_at_its_start()
    {
        TscClock clock = new(new TscTicks(1000), TscFrequency.FromMegahertz(2500));
        Assert.Equal(VirtualTime.Zero, clock.TimeOf(new TscTicks(999)));
    }

    [Fact]
    public void Time_stops_the_run_instead_of_wrapping() =>
        Assert.Throws<OverflowException>(() => VirtualTime.MaxValue + VirtualDuration.Smallest);
}
