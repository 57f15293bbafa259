using System.Collections.Immutable;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Processors;

/// <summary>A vCPU that polls while idle is in guest mode when its timer expires.</summary>
public class RunningDelayTests
{
    private static readonly ImmutableArray<RunningState> s_states =
    [
        new RunningState("warm", VirtualDuration.Zero, new CostDistribution(Ns(4_000))),
        new RunningState("cold", Ns(300_000), new CostDistribution(Ns(11_000))),
    ];

    [Theory]
    [InlineData(200, 4_000)]
    [InlineData(290, 4_000)]
    [InlineData(400, 11_000)]
    public void Interrupt_of_a_running_vcpu_is_delayed_by_how_long_it_had_been_in_guest_mode(
        int period,
        long delay
    ) =>
        Assert.Equal(
            delay,
            Median(period, s_states, GuestIdle.Poll) - Median(period, [], GuestIdle.Poll)
        );

    [Fact]
    public void Interrupt_of_a_halted_vcpu_is_not_delayed() =>
        Assert.Equal(Median(400, [], GuestIdle.Halt), Median(400, s_states, GuestIdle.Halt));

    private static long Median(int period, ImmutableArray<RunningState> states, GuestIdle idle) =>
        new TestMachine { Costs = SimpleCosts.Plausible with { RunningStates = states } }
            .Run(
                new CyclictestGuest(
                    VirtualDuration.FromMicroseconds(period),
                    1,
                    VirtualDuration.Zero,
                    VirtualDuration.Zero
                )
                {
                    Idle = idle,
                }
            )
            .Lateness.Quantile(5_000)
            .Nanoseconds;

    private static VirtualDuration Ns(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);
}
