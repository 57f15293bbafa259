using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>`hlt-exits = false` and `mwait = exposed`: a guest with nothing to do stays in guest mode.</summary>
public class HaltInGuestTests
{
    private const int Timers = 8;

    /// <summary>A timer that finds the vCPU halted in guest mode is one that finds it running.</summary>
    [Theory]
    [InlineData("hrtimer", false, 1, 0)]
    [InlineData("preemption-timer", false, 0, 1)]
    [InlineData("fastpath", false, 0, 1)]
    [InlineData("pi-inject", false, 0, 0)]
    [InlineData("pvtimer", false, 0, 0)]
    [InlineData("apicv-timer", false, 0, 0)]
    [InlineData("passthrough", false, 1, 0)]
    [InlineData("avic", false, 1, 0)]
    [InlineData("preemption-timer", true, 1, 0)]
    [InlineData("fastpath", true, 1, 0)]
    [InlineData("pi-inject", true, 0, 0)]
    public void Behaviour_41_timer_of_a_guest_that_idles_in_guest_mode_comes_there(
        string backend,
        bool mwait,
        int interrupted,
        int countedDown
    )
    {
        MachineReport report = Run(backend, mwait);
        Assert.Equal((Timers, 0), (report.Timers.Fired, report.Timers.Lost));
        Assert.Equal(0, report.ExitsOf(VmExitReason.Hlt));
        Assert.Equal(interrupted * Timers, report.ExitsOf(VmExitReason.ExternalInterrupt));
        Assert.Equal(countedDown * Timers, report.ExitsOf(VmExitReason.PreemptionTimer));
        Assert.Equal(VirtualDuration.Zero, report.Cpu.Poll);
        // vCPU 0's pCPU has nothing but its guest.
        Assert.True(report.Cpu.Guest > VirtualDuration.FromMilliseconds(19));
    }

    /// <summary>No wake-up: neither a thread nor an idle state to leave.</summary>
    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pi-inject")]
    public void Timer_of_a_guest_that_idles_in_guest_mode_is_as_late_as_that_of_a_running_one(
        string backend
    )
    {
        TestMachine machine = new() { Backend = TimerBackends.Of(backend), HltExits = false };
        VirtualDuration idle = machine
            .Run(new ScriptedProgram().ProgramIn(1_000).Halt())
            .Lateness.Quantile(10_000);
        VirtualDuration running = machine
            .Run(new ScriptedProgram().ProgramIn(1_000).Compute(2_000))
            .Lateness.Quantile(10_000);
        Assert.Equal(running, idle);
    }

    /// <summary>What exits goes on halted, until an interrupt of its own comes.</summary>
    [Fact]
    public void Exit_that_brings_no_interrupt_does_not_end_the_halt()
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(3_000).Halt().Compute(10);
        MachineReport report = new TestMachine
        {
            HltExits = false,
            Events =
            [
                new VcpuMove(VirtualTime.FromNanoseconds(1_000_000), Vm: 0, Vcpu: 0, ToPcpu: 1),
            ],
        }.Run(guest);
        TakenInterrupt taken = Assert.Single(guest.Interrupts);
        Assert.InRange(taken.At.Nanoseconds, 3_000_000, 3_005_000);
        Assert.True(guest.EndedAt > taken.At);
        Assert.Equal(2, report.ExitsOf(VmExitReason.ExternalInterrupt));
    }

    [Fact]
    public void Ipi_wakes_a_vcpu_that_is_halted_in_guest_mode()
    {
        ScriptedProgram sender = new ScriptedProgram()
            .Compute(500)
            .Write(MsrIndex.X2ApicIcr, (1UL << 32) | 0x61)
            .Compute(100);
        ScriptedProgram target = new ScriptedProgram().Halt().Compute(10);
        MachineReport report = new TestMachine { HltExits = false }.Run(sender, target);
        Assert.Single(target.Interrupts);
        Assert.NotNull(target.EndedAt);
        Assert.Equal(0, report.ExitsOf(VmExitReason.Hlt));
    }

    private static MachineReport Run(string backend, bool mwait)
    {
        ScriptedProgram guest = new();
        for (int timer = 0; timer < Timers; timer++)
        {
            guest.ProgramIn(1_000).Halt().Compute(10);
        }
        return new TestMachine
        {
            Backend = TimerBackends.Of(backend),
            HltExits = mwait,
            HasMwait = mwait,
        }.Run(guest);
    }
}
