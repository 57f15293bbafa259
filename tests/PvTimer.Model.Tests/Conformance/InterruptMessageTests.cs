using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>NMI, INIT and start-up IPIs, which vCPU 0 sends to vCPU 1.</summary>
public class InterruptMessageTests
{
    private const ulong ToVcpu1 = 1UL << 32;
    private const ulong Nmi = ToVcpu1 | (4 << 8);
    private const ulong Init = ToVcpu1 | (5 << 8) | (1 << 14);
    private const ulong Deassert = ToVcpu1 | (5 << 8) | (1 << 15);
    private const ulong StartUp = ToVcpu1 | (6 << 8) | 0x9a;
    private const byte NmiVector = 2;

    public static TheoryData<string> Backends =>
        [.. TimerBackends.All.Select(backend => backend.Name)];

    private static ScriptedProgram Sends(params ulong[] commands)
    {
        ScriptedProgram guest = new ScriptedProgram().Compute(500);
        foreach (ulong command in commands)
        {
            guest.Write(MsrIndex.X2ApicIcr, command).Compute(1_000);
        }
        return guest;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nmi_wakes_a_halted_vcpu_and_interrupts_a_running_one(bool halts)
    {
        ScriptedProgram target = halts
            ? new ScriptedProgram().Halt().Compute(1)
            : new ScriptedProgram().Compute(3_000);
        new TestMachine().Run(Sends(Nmi), target);
        TakenInterrupt taken = Assert.Single(target.Interrupts);
        Assert.Equal((NmiVector, null), (taken.Vector, taken.Deadline));
        Assert.InRange(taken.At.Nanoseconds, 500_000, 560_000);
        Assert.NotNull(target.EndedAt);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Trigger_mode_of_the_last_ipi_shows_in_tmr(string backend)
    {
        const ulong edge = ToVcpu1 | 0x51;
        const ulong level = ToVcpu1 | 0xc051;
        ScriptedProgram target = new ScriptedProgram()
            .Compute(1_000)
            .Read(MsrIndex.X2ApicTmr + 2)
            .Compute(1_000)
            .Read(MsrIndex.X2ApicTmr + 2);
        new TestMachine { Backend = TimerBackends.Of(backend) }.Run(Sends(level, edge), target);
        Assert.Equal([1UL << 17, 0UL], target.Accesses.Select(access => access.Value));
        Assert.Equal([(byte)0x51, 0x51], target.Interrupts.Select(taken => taken.Vector));
    }

    /// <summary>One is taken, one waits for the handler's end; the third is lost in it.</summary>
    [Fact]
    public void Of_three_nmis_at_once_two_arrive()
    {
        ScriptedProgram target = new ScriptedProgram().Halt().Compute(1);
        ScriptedProgram other = new ScriptedProgram().Compute(500).Write(MsrIndex.X2ApicIcr, Nmi);
        ScriptedProgram third = new ScriptedProgram().Compute(500).Write(MsrIndex.X2ApicIcr, Nmi);
        new TestMachine().Run(Sends(Nmi), target, other, third);
        Assert.Equal([NmiVector, NmiVector], target.Interrupts.Select(taken => taken.Vector));
    }

    [Theory]
    [InlineData(Nmi)]
    [InlineData(Init)]
    public void Disabled_apic_is_reached_by_nothing(ulong command)
    {
        ScriptedProgram target = new ScriptedProgram()
            .Write(MsrIndex.Ia32ApicBase, 0xfee0_0000)
            .Compute(3_000)
            .Read(MsrIndex.Ia32ApicBase);
        new TestMachine().Run(Sends(command), target);
        Assert.Empty(target.Interrupts);
        Assert.InRange(target.Accesses[^1].At.Nanoseconds, 3_000_000, 3_100_000);
    }

    [Fact]
    public void Nmi_is_not_held_back_by_the_task_priority()
    {
        ScriptedProgram target = new ScriptedProgram()
            .Write(MsrIndex.X2ApicTpr, 0xff)
            .Compute(3_000);
        new TestMachine().Run(Sends(Nmi), target);
        Assert.Single(target.Interrupts);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Init_stops_the_timer_and_the_vcpu_until_a_start_up_ipi(string backend)
    {
        ScriptedProgram target = new ScriptedProgram()
            .ProgramIn(1_000)
            .Compute(100_000)
            .Compute(1)
            .Read(MsrIndex.X2ApicLvtTimer)
            .Read(MsrIndex.Ia32TscDeadline)
            .Compute(1);
        MachineReport report = new TestMachine { Backend = TimerBackends.Of(backend) }.Run(
            Sends(Init, StartUp),
            target
        );
        Assert.Empty(target.Interrupts);
        // INIT comes at 500 us, the start-up IPI a millisecond later.
        MadeAccess timer = target.Accesses[^2];
        Assert.InRange(timer.At.Nanoseconds, 1_500_000, 1_560_000);
        Assert.Equal(0x1_0000UL, timer.Value);
        Assert.Equal(0UL, target.Accesses[^1].Value);
        Assert.Equal(
            (1, 0, 1, 0),
            (report.Timers.Armed, report.Timers.Fired, report.Timers.Cancelled, report.Timers.Lost)
        );
    }

    [Fact]
    public void Vcpu_that_waits_for_its_start_up_is_not_woken_by_interrupts()
    {
        const ulong Fixed = ToVcpu1 | 0x51;
        ScriptedProgram target = new ScriptedProgram().Compute(100_000).Compute(1);
        new TestMachine().Run(Sends(Init, Fixed), target);
        Assert.Empty(target.Interrupts);
        Assert.Null(target.EndedAt);
    }

    [Theory]
    [InlineData(StartUp)] // it waits for none
    [InlineData(Deassert)]
    public void Ipi_that_means_nothing_now_changes_nothing(ulong command)
    {
        ScriptedProgram target = new ScriptedProgram().WriteDeadlineIn(1_000).Compute(3_000);
        MachineReport report = new TestMachine().Run(Sends(command), target);
        Assert.Single(target.Interrupts);
        Assert.Equal(1, report.Timers.Fired);
    }
}
