using PvTimer.Model.Apic;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>Pending timers, priorities and posting: behaviours 28 to 31, 38, 39 and 46.</summary>
public class PendingAndInjectionTests
{
    private const byte TimerVector = 236;
    private const byte OtherVector = 0x51;
    private const uint DeadlineMode = (2u << 17) | TimerVector;
    private const uint Masked = 1u << 16;

    [Fact]
    public void Behaviour_28_a_pending_timer_does_not_wake_if_the_lvt_is_masked()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .WriteDeadlineIn(3000)
            .Write(MsrIndex.X2ApicLvtTimer, DeadlineMode | Masked)
            .Halt();
        MachineReport report = new TestMachine().Run(guest);
        Assert.Empty(guest.Interrupts);
        Assert.Equal(1, report.ExitsOf(VmExitReason.Hlt));
        Assert.Null(guest.EndedAt);
    }

    [Fact]
    public void Behaviour_29_userspace_rewriting_the_msr_while_pending_gives_one_interrupt()
    {
        ulong again = new TestMachine().TscAtStart.Value + (2500UL * 1_500);
        // The timer expires at 1 ms; userspace writes in every phase of its delivery.
        for (int phase = 0; phase < 30; phase++)
        {
            ScriptedProgram each = new ScriptedProgram().WriteDeadlineIn(1000).Compute(5000);
            MachineReport report = new TestMachine
            {
                Outside =
                [
                    (
                        VirtualDuration.FromNanoseconds(1_000_000 + (phase * 100)),
                        0,
                        new SetMsr(MsrIndex.Ia32TscDeadline, again)
                    ),
                ],
            }.Run(each);
            Assert.Equal(report.Timers.Fired, each.Interrupts.Count);
            Assert.Equal(2, report.Timers.Fired + report.Timers.Replaced);
            Assert.Equal(again, each.Interrupts[^1].Deadline!.Value.Value);
        }
    }

    [Fact]
    public void Behaviour_30_setting_the_lapic_cancels_what_is_armed()
    {
        ScriptedProgram guest = new ScriptedProgram().WriteDeadlineIn(1000).Compute(5000);
        new TestMachine { Outside = [(At(500), 0, SaveRestore.Instance)] }.Run(guest);
        Assert.Single(guest.Interrupts);

        Lapic lapic = new(new TscClock(default, TscFrequency.FromMegahertz(1000)));
        Assert.Equal(TimerRequestKind.Cancel, lapic.Rearm().Kind);
        Assert.Equal(TscTicks.Zero, lapic.TscDeadline);
    }

    [Fact]
    public void Behaviour_31_a_vector_at_or_below_the_tpr_waits_until_the_tpr_drops()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.X2ApicTpr, 0x50)
            .Write(MsrIndex.X2ApicSelfIpi, OtherVector)
            .Compute(100)
            .Write(MsrIndex.X2ApicTpr, 0x40)
            .Compute(100);
        new TestMachine().Run(guest);
        TakenInterrupt taken = Assert.Single(guest.Interrupts);
        Assert.Equal(OtherVector, taken.Vector);
        Assert.InRange(taken.At.Nanoseconds, 100_000, 110_000);
    }

    [Fact]
    public void Behaviour_38_the_eoi_exit_bitmap_makes_each_marked_vector_exit()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.X2ApicSelfIpi, OtherVector)
            .Compute(10)
            .Write(MsrIndex.X2ApicSelfIpi, OtherVector)
            .Compute(10)
            .Write(MsrIndex.X2ApicSelfIpi, OtherVector + 1)
            .Compute(10);
        MachineReport report = new TestMachine { EoiExitVectors = [OtherVector] }.Run(guest);
        Assert.Equal(3, guest.Interrupts.Count);
        Assert.Equal(2, report.ExitsOf(VmExitReason.EoiInduced));
    }

    [Fact]
    public void Behaviour_39_what_is_posted_outside_guest_mode_is_taken_at_the_next_entry()
    {
        // A device posts while the vCPU is in guest mode, on its way out, in root mode, or on its way in.
        for (int phase = 0; phase < 60; phase++)
        {
            ScriptedProgram guest = new();
            VirtualTime at = VirtualTime.FromNanoseconds(100_000 + (phase * 40));
            guest
                .Then(GuestStep.ExpectDevice(OtherVector, at))
                .Compute(99)
                .Read(MsrIndex.X2ApicCurrentCount)
                .Compute(100);
            new TestMachine().Run(guest);
            TakenInterrupt taken = Assert.Single(guest.Interrupts);
            Assert.InRange((taken.At - at).Nanoseconds, 0, 3_000);
        }
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Behaviour_46_a_vcpu_that_moves_with_an_armed_timer_fires_on_time(string backend)
    {
        MachineReport report = new TestMachine
        {
            Backend = TimerBackends.Of(backend),
            MoveEvery = VirtualDuration.FromMicroseconds(700),
            Duration = VirtualDuration.FromMilliseconds(300),
        }.Run(
            new CyclictestGuest(VirtualDuration.FromMilliseconds(1), 1, default, At(5)),
            vcpus: 2
        );
        Assert.InRange(report.Timers.Fired, 590, 600);
        Assert.True(report.Lateness.Quantile(10_000) < VirtualDuration.FromMicroseconds(100));
        if (backend == "hrtimer")
        {
            Assert.True(report.TimerMigrations > 500);
        }
        else
        {
            Assert.Equal(0, report.TimerMigrations);
        }
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Behaviour_46_a_move_while_the_vcpu_is_being_woken_loses_no_wake_up(string backend)
    {
        // The timer of 1 ms expires; the halted vCPU moves in every phase of its wake-up.
        for (int phase = 0; phase < 120; phase++)
        {
            ScriptedProgram guest = new ScriptedProgram().WriteDeadlineIn(1000).Halt().Compute(1);
            new TestMachine
            {
                Backend = TimerBackends.Of(backend),
                HaltPoll = VirtualDuration.Zero,
                Events =
                [
                    new VcpuMove(VirtualTime.FromNanoseconds(1_000_000 + (phase * 80)), 0, 0, 1),
                ],
            }.Run(guest);
            Assert.Single(guest.Interrupts);
        }
    }

    private static VirtualDuration At(long microseconds) =>
        VirtualDuration.FromMicroseconds(microseconds);
}
