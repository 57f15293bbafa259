using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>
/// Behaviour 51: the state table of the series row by row; 54 to 56: its enable MSR and what userspace does.
/// </summary>
public class PvTimerStateTableTests
{
    private static TestMachine Machine { get; } = new() { Backend = TimerBackends.PvTimer };

    [Fact]
    public void Behaviour_51_program_far_takes_no_exit_and_the_next_scan_arms()
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(2000).Compute(5000);
        MachineReport report = Machine.Run(guest);
        Assert.Equal(0, report.ExitsOf(VmExitReason.MsrWrite));
        Assert.Single(guest.Interrupts);
        Assert.Equal(1, report.PostedInterrupts);
        Assert.Equal(0, report.Ipis);
    }

    [Theory]
    [InlineData(550, 100)] // before the next scan, at 750 us
    [InlineData(550, 3)] // the same, and closer than the padding
    [InlineData(748, 8)] // after the next scan, but closer than the padding
    public void Behaviour_51_program_close_takes_one_exit_and_rings(int at, int distance)
    {
        ScriptedProgram guest = new ScriptedProgram().Compute(at).ProgramIn(distance).Compute(1000);
        MachineReport report = Machine.Run(guest);
        Assert.Equal(1, report.ExitsOf(VmExitReason.MsrWrite));
        Assert.Equal(1, report.Ipis);
        Assert.Single(guest.Interrupts);
    }

    [Fact]
    public void Behaviour_51_a_scan_that_finds_the_deadline_in_the_past_delivers_at_once()
    {
        // As posted nothing is promised before the first scan: the deadline waits for it.
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(100).Compute(1000);
        TestMachine machine = Machine with
        {
            PvTimer = new PvTimerParameters
            {
                Flaws = new PvTimerFlaws { PaddingIgnoresLateScan = true },
            },
        };
        MachineReport report = machine.Run(guest);
        Assert.Equal(0, report.ExitsOf(VmExitReason.MsrWrite));
        TakenInterrupt taken = Assert.Single(guest.Interrupts);
        Assert.InRange(taken.At.Nanoseconds, 250_000, 265_000);
    }

    [Fact]
    public void Behaviour_51_expiry_while_running_takes_no_exit()
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(1000).Compute(5000);
        MachineReport report = Machine.Run(guest);
        Assert.Equal(0, report.ExitsOf(VmExitReason.ExternalInterrupt));
        Assert.Equal(1, report.Timers.Fired);
    }

    [Fact]
    public void Behaviour_51_expiry_while_halted_wakes()
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(1000).Halt().Compute(10);
        MachineReport report = Machine.Run(guest);
        Assert.Single(guest.Interrupts);
        Assert.Equal(2, report.ExitsOf(VmExitReason.Hlt));
    }

    [Fact]
    public void Behaviour_51_a_move_of_the_vcpu_leaves_the_timer_where_it_is()
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(2000).Compute(5000);
        MachineReport report = (
            Machine with
            {
                Events = [new VcpuMove(VirtualTime.FromNanoseconds(1_000_000), 0, 0, 1)],
            }
        ).Run(guest);
        Assert.Single(guest.Interrupts);
        Assert.Equal(0, report.TimerMigrations);
        Assert.Equal(1, report.ExitsOf(VmExitReason.ExternalInterrupt));
    }

    [Theory]
    [InlineData(0x10_0004UL)] // aligned to 4 only
    [InlineData(0x10_0002UL)] // not even that
    [InlineData(1UL << 32)] // not guest memory
    public void Behaviour_54_enabling_with_a_bad_address_faults_and_changes_nothing(ulong address)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(PvTimerParameters.DefaultEnableMsr, 0)
            .Write(PvTimerParameters.DefaultEnableMsr, PvTimerMsr.Enable(address).Value)
            .Read(PvTimerParameters.DefaultEnableMsr)
            .ProgramIn(500)
            .Compute(2000);
        MachineReport report = Machine.Run(guest);
        Assert.Equal(MsrResult.GeneralProtection, guest.Accesses[1].Result);
        Assert.Equal(0UL, guest.Accesses[2].Value);
        Assert.Single(guest.Interrupts);
        Assert.Equal(1, report.WritesOf(MsrIndex.Ia32TscDeadline));
    }

    [Fact]
    public void Behaviour_54_enabling_without_a_lapic_or_without_the_cpuid_bit_faults()
    {
        ulong enable = PvTimerMsr.Enable(0x10_0000).Value;
        ScriptedProgram noLapic = new ScriptedProgram().Write(
            PvTimerParameters.DefaultEnableMsr,
            enable
        );
        (Machine with { InKernelLapic = false }).Run(noLapic);
        Assert.Equal(MsrResult.GeneralProtection, noLapic.Accesses[^1].Result);

        ScriptedProgram notOffered = new ScriptedProgram().Write(
            PvTimerParameters.DefaultEnableMsr,
            enable
        );
        (Machine with { Backend = TimerBackends.Hrtimer }).Run(notOffered);
        Assert.Equal(MsrResult.GeneralProtection, notOffered.Accesses[^1].Result);
    }

    [Fact]
    public void Behaviour_55_disabling_takes_the_timer_back_from_the_dedicated_cpu()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .ProgramIn(2000)
            .Compute(1000)
            .Write(PvTimerParameters.DefaultEnableMsr, 0)
            .Compute(5000);
        MachineReport report = Machine.Run(guest);
        Assert.Single(guest.Interrupts);
        Assert.Equal(0, report.PostedInterrupts);
        Assert.Equal(1, report.Timers.Fired);
    }

    [Fact]
    public void Behaviour_56_a_timer_survives_save_and_restore_at_any_time()
    {
        for (int at = 10; at < 1100; at += 9)
        {
            ScriptedProgram guest = new ScriptedProgram().ProgramIn(1000).Compute(5000);
            MachineReport report = (
                Machine with
                {
                    Outside = [(VirtualDuration.FromMicroseconds(at), 0, SaveRestore.Instance)],
                }
            ).Run(guest);
            Assert.Single(guest.Interrupts);
            Assert.Equal(0, report.Timers.Lost);
        }
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Behaviour_60_armed_is_fired_plus_cancelled_plus_replaced_plus_pending(
        string backend
    )
    {
        ScriptedProgram guest = new();
        for (int i = 0; i < 60; i++)
        {
            guest.ProgramIn(100 + (i * 13 % 400)).Compute(150 + (i * 37 % 300));
            if (i % 7 == 0)
            {
                guest.Then(GuestStep.ProgramDeadline(TscTicks.Zero));
            }
        }
        MachineReport report = (
            Machine with
            {
                Backend = TimerBackends.Of(backend),
                Duration = VirtualDuration.FromMilliseconds(60),
            }
        ).Run(guest);
        TimerCounts timers = report.Timers;
        Assert.Equal(60, timers.Armed);
        Assert.Equal(
            timers.Armed,
            timers.Fired + timers.Cancelled + timers.Replaced + timers.Pending
        );
        Assert.True(timers.Fired > 10 && timers.Replaced > 5 && timers.Cancelled > 2);
        Assert.Equal(guest.Interrupts.Count, timers.Fired);
    }
}
