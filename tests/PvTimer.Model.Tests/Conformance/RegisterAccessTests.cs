using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>Registers as the guest and userspace touch them: faults, exits, the TSC, and what a halted vCPU sees.</summary>
public class RegisterAccessTests
{
    private const byte TimerVector = 236;
    private const byte OtherVector = 0xe0;
    private const uint DeadlineMode = (2u << 17) | TimerVector;
    private const uint Masked = 1u << 16;
    private const ulong CyclesPerMicrosecond = 2_500;

    public static TheoryData<string> Backends =>
        [.. TimerBackends.All.Select(backend => backend.Name)];

    [Fact]
    public void Guest_that_reads_modifies_and_writes_its_lvt_goes_on()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Read(MsrIndex.X2ApicLvtTimer)
            .Then(context =>
                Guests.GuestStep.WriteMsr(MsrIndex.X2ApicLvtTimer, DeadlineMode | Masked)
            )
            .Read(MsrIndex.X2ApicLvtTimer)
            .Compute(1);
        MachineReport report = new TestMachine().Run(guest);
        Assert.Equal([DeadlineMode, DeadlineMode | Masked, DeadlineMode | Masked], Values(guest));
        Assert.All(guest.Accesses, access => Assert.Equal(MsrResult.Completed, access.Result));
        Assert.Equal(0, report.ExitsOf(VmExitReason.MsrRead));
        Assert.Equal(1, report.ExitsOf(VmExitReason.MsrWrite));
    }

    [Fact]
    public void Reads_of_the_current_count_of_the_deadline_and_of_no_register_exit()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Read(MsrIndex.X2ApicCurrentCount)
            .Read(MsrIndex.Ia32TscDeadline)
            .Read(MsrIndex.Ia32ApicBase)
            .Read(0x831)
            .Read(MsrIndex.Ia32Tsc)
            .Read(MsrIndex.X2ApicId)
            .Compute(1);
        MachineReport report = new TestMachine().Run(guest);
        Assert.Equal(4, report.ExitsOf(VmExitReason.MsrRead));
        Assert.Equal(0xfee0_0d00UL, guest.Accesses[2].Value);
        Assert.Equal(MsrResult.GeneralProtection, guest.Accesses[3].Result);
    }

    [Theory]
    [InlineData(MsrIndex.X2ApicInitialCount, 0x1_0000_0000UL)]
    [InlineData(MsrIndex.X2ApicSelfIpi, 0x1_51UL)]
    [InlineData(MsrIndex.X2ApicIcr, 0x2_00f1UL)]
    [InlineData(MsrIndex.Ia32ApicBase, 0xfee0_0800UL)]
    [InlineData(0x12345u, 0UL)]
    public void Faulting_write_changes_nothing_and_sends_nothing(uint msr, ulong value)
    {
        ScriptedProgram guest = new ScriptedProgram().Write(msr, value).Compute(100);
        MachineReport report = new TestMachine().Run(guest);
        Assert.Equal(MsrResult.GeneralProtection, Assert.Single(guest.Accesses).Result);
        Assert.Empty(guest.Interrupts);
        Assert.Equal(0, report.Ipis);
    }

    /// <summary>kvm_get_lapic_tscdeadline_msr: there is no APIC whose deadline it could be.</summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void Deadline_reads_0_while_the_apic_is_disabled(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .ProgramIn(3_000)
            .Write(MsrIndex.Ia32ApicBase, 0xfee0_0100)
            .Read(MsrIndex.Ia32TscDeadline)
            .Compute(1);
        new TestMachine { Backend = TimerBackends.Of(backend) }.Run(guest);
        Assert.Equal(0UL, guest.Accesses[^1].Value);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Interrupt_that_userspace_lets_through_by_the_task_priority_comes_then(
        string backend
    )
    {
        foreach (bool halts in (bool[])[true, false])
        {
            ScriptedProgram guest = new ScriptedProgram()
                .Write(MsrIndex.X2ApicTpr, 0xff)
                .ProgramIn(100);
            guest = halts ? guest.Halt() : guest.Compute(3_000);
            MachineReport report = new TestMachine
            {
                Backend = TimerBackends.Of(backend),
                Outside = [(Microseconds(1_000), 0, new SetMsr(MsrIndex.X2ApicTpr, 0))],
            }.Run(guest);
            TakenInterrupt taken = Assert.Single(guest.Interrupts);
            Assert.InRange(taken.At.Nanoseconds, 1_000_000, 1_100_000);
            Assert.Equal((1, 0), (report.Timers.Fired, report.Timers.Lost));
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Timer_of_a_guest_whose_clock_userspace_sets_fires(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(2_000).Compute(6_000);
        ulong at1ms = 1_000_000_000 + (1_000 * CyclesPerMicrosecond);
        MachineReport report = new TestMachine
        {
            Backend = TimerBackends.Of(backend),
            Outside = [(Microseconds(500), 0, new SetMsr(MsrIndex.Ia32Tsc, at1ms))],
        }.Run(guest);
        Assert.InRange(Assert.Single(guest.Interrupts).At.Nanoseconds, 1_400_000, 2_100_000);
        Assert.Equal(0, report.Timers.Pending);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Halted_vcpu_wakes_when_userspace_unmasks_its_timer_before_the_deadline(
        string backend
    )
    {
        ScriptedProgram guest = new ScriptedProgram()
            .ProgramIn(3_000)
            .Write(MsrIndex.X2ApicLvtTimer, DeadlineMode | Masked)
            .Halt();
        MachineReport report = new TestMachine
        {
            Backend = TimerBackends.Of(backend),
            Outside = [(Microseconds(1_000), 0, new SetMsr(MsrIndex.X2ApicLvtTimer, DeadlineMode))],
        }.Run(guest);
        TakenInterrupt taken = Assert.Single(guest.Interrupts);
        Assert.InRange(taken.At.Nanoseconds, 3_000_000, 3_100_000);
        Assert.Equal((1, 0), (report.Timers.Fired, report.Timers.Lost));
    }

    /// <summary>
    /// The guest has masked it, and is not owed an interrupt. Where another CPU posts it, that drops it; elsewhere it waits
    /// for an entry, which would, or for userspace, which may unmask it.
    /// </summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void Masked_timer_that_is_due_in_a_vcpu_that_sleeps_for_ever_waits_or_is_dropped(
        string backend
    )
    {
        ScriptedProgram guest = new ScriptedProgram()
            .ProgramIn(1_000)
            .Write(MsrIndex.X2ApicLvtTimer, DeadlineMode | Masked)
            .Halt();
        MachineReport report = new TestMachine { Backend = TimerBackends.Of(backend) }.Run(guest);
        Assert.Empty(guest.Interrupts);
        bool posts = backend is "pvtimer" or "pi-inject";
        Assert.Equal(
            posts ? (1, 0, 0) : (0, 1, 0),
            (report.Timers.Cancelled, report.Timers.Pending, report.Timers.Lost)
        );
    }

    [Fact]
    public void Halted_vcpu_wakes_when_userspace_unmasks_its_timer_after_the_deadline()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .WriteDeadlineIn(1_000)
            .Write(MsrIndex.X2ApicLvtTimer, DeadlineMode | Masked)
            .Halt();
        new TestMachine
        {
            Outside = [(Microseconds(3_000), 0, new SetMsr(MsrIndex.X2ApicLvtTimer, DeadlineMode))],
        }.Run(guest);
        Assert.InRange(Assert.Single(guest.Interrupts).At.Nanoseconds, 3_000_000, 3_100_000);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Deadline_of_all_ones_is_armed_and_read_back(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Then(Guests.GuestStep.ProgramDeadline(TscTicks.MaxValue))
            .Compute(1_000)
            .Read(MsrIndex.Ia32TscDeadline)
            .Compute(1_000);
        MachineReport report = new TestMachine { Backend = TimerBackends.Of(backend) }.Run(guest);
        Assert.Equal(ulong.MaxValue, guest.Accesses[^1].Value);
        Assert.Equal(
            (1, 0, 1),
            (report.Timers.Armed, report.Timers.Cancelled, report.Timers.Pending)
        );
    }

    /// <summary>kvm_vcpu_has_events: what is behind the TPR wakes no vCPU, so the guest hangs with a timer that is due.</summary>
    [Theory]
    [InlineData("hrtimer")]
    [InlineData("preemption-timer")]
    [InlineData("pi-inject")]
    [InlineData("pvtimer")]
    public void Timer_of_a_vcpu_that_halts_behind_its_tpr_is_lost(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.X2ApicTpr, 0xff)
            .ProgramIn(1_000)
            .Halt()
            .Halt()
            .Halt();
        MachineReport report = new TestMachine { Backend = TimerBackends.Of(backend) }.Run(guest);
        Assert.Empty(guest.Interrupts);
        Assert.Equal((0, 0, 1), (report.Timers.Fired, report.Timers.Pending, report.Timers.Lost));
    }

    [Fact]
    public void Vector_that_waits_in_the_irr_is_delivered_and_counted_after_the_lvt_has_another()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.X2ApicTpr, 0xff)
            .WriteDeadlineIn(100)
            .Compute(500)
            .Write(MsrIndex.X2ApicLvtTimer, (2u << 17) | OtherVector)
            .Write(MsrIndex.X2ApicTpr, 0)
            .Compute(100);
        MachineReport report = new TestMachine().Run(guest);
        TakenInterrupt taken = Assert.Single(guest.Interrupts);
        Assert.Equal(TimerVector, taken.Vector);
        Assert.NotNull(taken.Deadline);
        Assert.Equal((1, 0), (report.Timers.Fired, report.Timers.Pending));
    }

    [Fact]
    public void Guests_write_of_its_tsc_moves_the_adjustment_and_leaves_the_armed_timer()
    {
        const ulong Forward = 1_000 * CyclesPerMicrosecond;
        ScriptedProgram guest = new ScriptedProgram()
            .WriteDeadlineIn(3_000)
            .Then(context =>
                Guests.GuestStep.WriteMsr(MsrIndex.Ia32Tsc, context.Tsc.Value + Forward)
            )
            .Read(MsrIndex.Ia32TscAdjust)
            .Compute(5_000);
        MachineReport report = new TestMachine().Run(guest);
        Assert.Equal(Forward, guest.Accesses[^1].Value);
        // The clock is a millisecond ahead of the host's timer: so much the interrupt comes late.
        Assert.InRange(Assert.Single(guest.Interrupts).At.Nanoseconds, 3_000_000, 3_010_000);
        Assert.InRange(report.Lateness.Quantile(5_000).Nanoseconds, 1_000_000, 1_010_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Adjustment_moves_the_tsc_if_the_guest_writes_it(bool byGuest)
    {
        const ulong Back = ulong.MaxValue - (1_000 * CyclesPerMicrosecond) + 1;
        ScriptedProgram guest = new ScriptedProgram().Compute(100);
        guest = byGuest ? guest.Write(MsrIndex.Ia32TscAdjust, Back) : guest.Compute(100);
        guest.Compute(200).Read(MsrIndex.Ia32TscAdjust).Read(MsrIndex.Ia32Tsc).Compute(1);
        TestMachine machine = new()
        {
            Outside = byGuest
                ? []
                : [(Microseconds(150), 0, new SetMsr(MsrIndex.Ia32TscAdjust, Back))],
        };
        machine.Run(guest);
        MadeAccess tsc = guest.Accesses[^1];
        Assert.Equal(Back, guest.Accesses[^2].Value);
        ulong unmoved =
            machine.TscAtStart.Value + (ulong)machine.GuestTsc.CyclesIn(tsc.At - VirtualTime.Zero);
        ulong expected = unmoved - (byGuest ? 1_000 * CyclesPerMicrosecond : 0);
        Assert.InRange(tsc.Value, expected - 5, expected + 5);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Deadline_that_is_programmed_after_the_tsc_was_set_goes_by_the_new_clock(
        string backend
    )
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.Ia32Tsc, 5)
            .Compute(10)
            .Then(context =>
                Guests.GuestStep.ProgramDeadline(
                    new TscTicks(context.Tsc.Value + (2_000 * CyclesPerMicrosecond))
                )
            )
            .Compute(5_000);
        MachineReport report = new TestMachine { Backend = TimerBackends.Of(backend) }.Run(guest);
        Assert.InRange(Assert.Single(guest.Interrupts).At.Nanoseconds, 2_000_000, 2_050_000);
        Assert.Equal(0, report.Timers.Early);
    }

    private static ulong[] Values(ScriptedProgram guest) =>
        [.. guest.Accesses.Select(access => access.Value)];

    private static VirtualDuration Microseconds(long microseconds) =>
        VirtualDuration.FromMicroseconds(microseconds);
}
