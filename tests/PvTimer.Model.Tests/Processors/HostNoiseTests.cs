using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Processors;

public class HostNoiseTests
{
    private static readonly GuestDescription s_sleeper = new CyclictestGuest(
        Us(200),
        1,
        VirtualDuration.Zero,
        VirtualDuration.Zero
    );

    [Fact]
    public void Noise_takes_every_pcpu_away_at_its_rate_as_interrupt_time()
    {
        // Three pCPUs without vCPUs, 200 ms each: 600 interruptions of 100 us are expected.
        CpuTime quiet = Run(null, new IdleGuest(VirtualDuration.FromSeconds(1)), 200).Cpu;
        CpuTime noisy = Run(
            new HostNoise(Us(1_000), new CostDistribution(Us(100))),
            new IdleGuest(VirtualDuration.FromSeconds(1)),
            200
        ).Cpu;

        Assert.Equal(quiet.Total, noisy.Total);
        // Four pCPUs: 800 expected, standard deviation 28.
        long taken = (noisy.Interrupt - quiet.Interrupt).Nanoseconds;
        Assert.InRange(taken, 70_000_000, 90_000_000);
    }

    [Fact]
    public void Noise_makes_the_tail_of_lateness_as_long_as_its_interruptions()
    {
        MachineReport quiet = Run(null, s_sleeper, 400);
        MachineReport noisy = Run(
            new HostNoise(Us(10_000), new CostDistribution(Us(500))),
            s_sleeper,
            400
        );

        Assert.InRange(quiet.Lateness.Quantile(10_000).Nanoseconds, 1, 100_000);
        Assert.InRange(noisy.Lateness.Quantile(10_000).Nanoseconds, 300_000, 1_000_000);
        Assert.Equal(quiet.Lateness.Quantile(5_000), noisy.Lateness.Quantile(5_000));
    }

    [Fact]
    public void Noise_is_the_same_in_every_run_and_leaves_other_draws_alone()
    {
        HostNoise rare = new(VirtualDuration.FromSeconds(1_000), new CostDistribution(Us(5)));

        Assert.Equal(Run(rare, s_sleeper, 50).Lateness.Sum, Run(rare, s_sleeper, 50).Lateness.Sum);
        Assert.Equal(Run(null, s_sleeper, 50).Lateness.Sum, Run(rare, s_sleeper, 50).Lateness.Sum);
    }

    private static MachineReport Run(HostNoise? noise, GuestDescription guest, int milliseconds) =>
        new TestMachine
        {
            Costs = SimpleCosts.Plausible with { Noise = noise },
            Duration = VirtualDuration.FromMilliseconds(milliseconds),
        }.Run(guest);

    private static VirtualDuration Us(long microseconds) =>
        VirtualDuration.FromMicroseconds(microseconds);
}
