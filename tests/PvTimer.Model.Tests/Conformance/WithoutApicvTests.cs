using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>`apicv = off`: remote delivery kicks, KVM injects at entry, and EOIs, windows and the TPR exit.</summary>
public class WithoutApicvTests
{
    private const int Timers = 8;
    private const byte Vector = 0x51;
    private const byte Higher = 0x61;

    private static readonly TestMachine s_machine = new()
    {
        HasApicv = false,
        HaltPoll = VirtualDuration.Zero,
    };

    /// <summary>With the EOI as many as before, and one more; pvtimer's expiry exits (reference, A4).</summary>
    [Theory]
    [InlineData("hrtimer", 1, 1, 0)]
    [InlineData("preemption-timer", 1, 0, 1)]
    [InlineData("pvtimer", 0, 1, 0)]
    [InlineData("passthrough", 0, 1, 0)]
    public void Timer_of_a_running_guest_exits_for_its_eoi_besides(
        string backend,
        int written,
        int interrupted,
        int countedDown
    )
    {
        ScriptedProgram guest = new();
        for (int timer = 0; timer < Timers; timer++)
        {
            guest.ProgramIn(1_000).Compute(1_500);
        }
        MachineReport report = (s_machine with { Backend = TimerBackends.Of(backend) }).Run(guest);
        Assert.Equal((Timers, 0), (report.Timers.Fired, report.Timers.Lost));
        Assert.Equal(written * Timers, report.WritesOf(MsrIndex.Ia32TscDeadline));
        Assert.Equal(Timers, report.WritesOf(MsrIndex.X2ApicEoi));
        Assert.Equal(interrupted * Timers, report.ExitsOf(VmExitReason.ExternalInterrupt));
        Assert.Equal(countedDown * Timers, report.ExitsOf(VmExitReason.PreemptionTimer));
        Assert.Equal(0, report.ExitsOf(VmExitReason.InterruptWindow));
        Assert.Equal((written + interrupted + countedDown) * Timers, report.TimerExits);
    }

    [Fact]
    public void Timer_wakes_a_halted_guest_which_exits_for_its_eoi_alone()
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(1_000).Halt().Compute(10);
        MachineReport report = s_machine.Run(guest);
        Assert.Single(guest.Interrupts);
        Assert.Equal(1, report.WritesOf(MsrIndex.X2ApicEoi));
        Assert.Equal(0, report.ExitsOf(VmExitReason.ExternalInterrupt));
        Assert.Equal(2, report.ExitsOf(VmExitReason.Hlt));
    }

    /// <summary>kvm_vcpu_kick: the target leaves guest mode, and the interrupt is injected when it comes back.</summary>
    [Theory]
    [InlineData(true, 0, 0)]
    [InlineData(false, Timers, Timers)]
    public void Ipi_to_a_running_vcpu_has_it_exit(bool apicv, int kicks, int ends)
    {
        ScriptedProgram sender = new();
        for (int ipi = 0; ipi < Timers; ipi++)
        {
            sender.Compute(100).Write(MsrIndex.X2ApicIcr, (1UL << 32) | Vector);
        }
        ScriptedProgram target = new ScriptedProgram().Compute(5_000);
        MachineReport report = (s_machine with { HasApicv = apicv }).Run(sender, target);
        Assert.Equal(Timers, target.Interrupts.Count);
        Assert.Equal(kicks, report.ExitsOf(VmExitReason.ExternalInterrupt));
        Assert.Equal(ends, report.WritesOf(MsrIndex.X2ApicEoi));
        Assert.Equal(0, report.TimerExits);
    }

    /// <summary>The handler runs with interrupts off: the second one waits for its end, and for a window.</summary>
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void Interrupt_that_meets_a_handler_is_injected_when_a_window_opens(
        bool apicv,
        int windows
    )
    {
        ScriptedProgram guest = new ScriptedProgram().Compute(1_000);
        guest.Handler = (_, taken) =>
            taken.Vector == Higher ? [GuestStep.Compute(VirtualDuration.FromMicroseconds(50))] : [];
        MachineReport report = (
            s_machine with
            {
                HasApicv = apicv,
                Outside = [Raise(100, Higher), Raise(120, Vector)],
            }
        ).Run(guest);
        Assert.Equal([Higher, Vector], guest.Interrupts.Select(taken => taken.Vector));
        Assert.True(
            guest.Interrupts[1].At - guest.Interrupts[0].At > VirtualDuration.FromMicroseconds(50)
        );
        Assert.Equal(windows, report.ExitsOf(VmExitReason.InterruptWindow));
        Assert.Equal(2 * windows, report.ExitsOf(VmExitReason.ExternalInterrupt));
        Assert.Equal(2 * windows, report.WritesOf(MsrIndex.X2ApicEoi));
    }

    /// <summary>One interrupt is injected with an entry; the other waits for the EOI of the first.</summary>
    [Fact]
    public void Of_two_that_come_at_once_the_higher_is_injected_and_the_other_takes_a_window()
    {
        ScriptedProgram guest = new ScriptedProgram().Compute(1_000);
        MachineReport report = (
            s_machine with
            {
                Outside = [Raise(100, Vector), Raise(100, Higher)],
            }
        ).Run(guest);
        Assert.Equal([Higher, Vector], guest.Interrupts.Select(taken => taken.Vector));
        Assert.Equal(1, report.ExitsOf(VmExitReason.ExternalInterrupt));
        Assert.Equal(1, report.ExitsOf(VmExitReason.InterruptWindow));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void Behaviour_31_a_tpr_that_drops_below_a_waiting_vector_exits(bool apicv, int exits)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.X2ApicTpr, 0x50)
            .Write(MsrIndex.X2ApicSelfIpi, Vector)
            .Compute(100)
            .Write(MsrIndex.X2ApicTpr, 0x48)
            .Compute(100);
        MachineReport report = (s_machine with { HasApicv = apicv }).Run(guest);
        TakenInterrupt taken = Assert.Single(guest.Interrupts);
        Assert.InRange(taken.At.Nanoseconds, 100_000, 110_000);
        Assert.Equal(exits, report.ExitsOf(VmExitReason.TprBelowThreshold));
        Assert.Equal(exits, report.WritesOf(MsrIndex.X2ApicSelfIpi));
        Assert.Equal(0, report.WritesOf(MsrIndex.X2ApicTpr));
        Assert.Equal(0, report.ExitsOf(VmExitReason.InterruptWindow));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void Read_of_an_apic_register_exits_but_for_the_tpr(bool apicv, int exits)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Read(MsrIndex.X2ApicLvtTimer)
            .Read(MsrIndex.X2ApicTpr)
            .Compute(10);
        MachineReport report = (s_machine with { HasApicv = apicv }).Run(guest);
        Assert.Equal(exits, report.ExitsOf(VmExitReason.MsrRead));
    }

    /// <summary>In guest mode, on its way out, in root mode, or on its way in: each phase of an exit.</summary>
    [Fact]
    public void Interrupt_is_neither_lost_nor_late_whenever_it_comes()
    {
        for (int phase = 0; phase < 80; phase++)
        {
            ScriptedProgram guest = new();
            VirtualTime at = VirtualTime.FromNanoseconds(100_000 + (phase * 40));
            guest
                .Then(GuestStep.ExpectDevice(Vector, at))
                .Compute(99)
                .Read(MsrIndex.X2ApicCurrentCount)
                .Compute(100);
            s_machine.Run(guest);
            TakenInterrupt taken = Assert.Single(guest.Interrupts);
            Assert.InRange((taken.At - at).Nanoseconds, 0, 4_000);
        }
    }

    private static (VirtualDuration, int, Message) Raise(long microseconds, byte vector) =>
        (VirtualDuration.FromMicroseconds(microseconds), 0, new RaiseInterrupt(vector));
}
