using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Migration;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>Hosts whose TSCs have different rates, and VMs that keep theirs on them or do not.</summary>
public class TscScalingTests
{
    [Theory]
    [InlineData("hrtimer", true)]
    [InlineData("hrtimer", false)]
    [InlineData("pvtimer", true)]
    [InlineData("pvtimer", false)]
    public void Without_tsc_scaling_a_host_of_half_the_rate_takes_twice_the_time(
        string backend,
        bool scaled
    )
    {
        const long Arrived = 1_060_000;
        const long Wakes = 60_000;
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(4000).Halt().ProgramIn(500).Halt();

        MachineReport report = (
            new TestMachine
            {
                Hosts = 2,
                Backend = TimerBackends.Of(backend),
                OtherTsc = TscFrequency.FromMegahertz(1250),
                TscScaling = scaled,
                Duration = VirtualDuration.FromMilliseconds(12),
                Events = [new VmMigration(VirtualTime.FromNanoseconds(1_000_000), Vm: 0, 1, [0])],
                Migration = new MigrationParameters
                {
                    Memory = new DataSize(1_000),
                    Tsc = TscInDowntime.Counts,
                },
            }
        ).Run(guest);

        long first = 4_000_000 + (scaled ? 0 : 4_000_000 - Arrived);
        Assert.Equal(2, guest.Interrupts.Count);
        Assert.InRange(guest.Interrupts[0].At.Nanoseconds, first - Wakes, first + Wakes);
        VirtualDuration between = guest.Interrupts[1].At - guest.Interrupts[0].At;
        long asked = scaled ? 500_000 : 1_000_000;
        Assert.InRange(between.Nanoseconds, asked, asked + Wakes);
        Assert.Equal(2, report.Timers.Fired);
        Assert.Equal(0, report.Timers.Early);
    }
}
