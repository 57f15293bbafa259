using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>
/// TSC-deadline mode as kvm-unit-tests' apic.c and tscdeadline_latency.c ask for it, on both back-ends.
/// The numbers are those of the project's list of behaviours.
/// </summary>
public class TscDeadlineTests
{
    private const byte TimerVector = 236;
    private const uint DeadlineMode = (2u << 17) | TimerVector;
    private const uint Masked = 1u << 16;

    public static TheoryData<string> Backends =>
        [.. TimerBackends.All.Select(backend => backend.Name)];

    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_01_deadline_in_the_past_yields_exactly_one_interrupt(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram().WriteDeadlineIn(0).Compute(1000);
        MachineReport report = new TestMachine { Backend = TimerBackends.Of(backend) }.Run(guest);
        Assert.Single(guest.Interrupts);
        Assert.Equal(1, report.Timers.Fired);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_02_the_msr_reads_0_after_firing(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .WriteDeadlineIn(500)
            .Compute(300)
            .Read(MsrIndex.Ia32TscDeadline)
            .Compute(1000)
            .Read(MsrIndex.Ia32TscDeadline);
        new TestMachine { Backend = TimerBackends.Of(backend) }.Run(guest);
        Assert.NotEqual(0UL, guest.Accesses[1].Value);
        Assert.Single(guest.Interrupts);
        Assert.Equal(0UL, guest.Accesses[2].Value);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_03_one_interrupt_per_arm_never_two(string backend)
    {
        ScriptedProgram guest = new();
        for (int arm = 0; arm < 20; arm++)
        {
            guest.WriteDeadlineIn(40 * arm).Compute(1000);
        }
        new TestMachine
        {
            Backend = TimerBackends.Of(backend),
            Duration = VirtualDuration.FromMilliseconds(40),
        }.Run(guest);
        Assert.Equal(20, guest.Interrupts.Count);
        Assert.Equal(20, guest.Interrupts.Select(taken => taken.Deadline).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_04_a_rewrite_before_expiry_replaces(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .WriteDeadlineIn(1000)
            .Compute(400)
            .WriteDeadlineIn(2000)
            .Compute(5000);
        MachineReport report = new TestMachine { Backend = TimerBackends.Of(backend) }.Run(guest);
        TakenInterrupt taken = Assert.Single(guest.Interrupts);
        Assert.Equal(guest.Accesses[1].Value, taken.Deadline!.Value.Value);
        Assert.Equal(1, report.Timers.Replaced);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_05_writing_0_disarms(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .WriteDeadlineIn(1000)
            .Compute(400)
            .Write(MsrIndex.Ia32TscDeadline, 0)
            .Compute(5000);
        MachineReport report = new TestMachine { Backend = TimerBackends.Of(backend) }.Run(guest);
        Assert.Empty(guest.Interrupts);
        Assert.Equal(1, report.Timers.Cancelled);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_06_extreme_values_fire_at_once_or_on_time(string backend)
    {
        ulong[] past = [1, 2, 999_999_999];
        foreach (ulong value in past)
        {
            ScriptedProgram guest = new ScriptedProgram()
                .Write(MsrIndex.Ia32TscDeadline, value)
                .Compute(1000);
            new TestMachine { Backend = TimerBackends.Of(backend) }.Run(guest);
            TakenInterrupt taken = Assert.Single(guest.Interrupts);
            Assert.True(taken.At < VirtualTime.FromNanoseconds(100_000));
        }
        ScriptedProgram oneMillisecond = new ScriptedProgram().WriteDeadlineIn(1000).Compute(5000);
        new TestMachine { Backend = TimerBackends.Of(backend) }.Run(oneMillisecond);
        Assert.True(
            oneMillisecond.Interrupts.Single().At >= VirtualTime.FromNanoseconds(1_000_000)
        );
        ScriptedProgram never = new ScriptedProgram()
            .Write(MsrIndex.Ia32TscDeadline, ulong.MaxValue - 1)
            .Compute(5000);
        MachineReport report = new TestMachine { Backend = TimerBackends.Of(backend) }.Run(never);
        Assert.Empty(never.Interrupts);
        Assert.Equal(1, report.Timers.Pending);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_07_masked_no_interrupt_and_none_on_unmask(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.X2ApicLvtTimer, DeadlineMode | Masked)
            .WriteDeadlineIn(500)
            .Compute(2000)
            .Write(MsrIndex.X2ApicLvtTimer, DeadlineMode)
            .Compute(2000);
        MachineReport report = new TestMachine { Backend = TimerBackends.Of(backend) }.Run(guest);
        Assert.Empty(guest.Interrupts);
        Assert.Equal(1, report.Timers.Cancelled);
    }

    [Theory]
    [InlineData("hrtimer", 0UL, 2500)]
    [InlineData("hrtimer", 77_777_777_777UL, 2500)]
    [InlineData("hrtimer", 5UL, 1999)]
    [InlineData("pvtimer", 77_777_777_777UL, 2500)]
    [InlineData("pvtimer", 5UL, 3333)]
    public void Behaviour_08_the_same_with_tsc_offset_and_scaling(
        string backend,
        ulong offset,
        int guestMegahertz
    )
    {
        ScriptedProgram guest = new ScriptedProgram()
            .WriteDeadlineIn(1000)
            .Compute(3000)
            .WriteDeadlineIn(0)
            .Compute(1000);
        new TestMachine
        {
            Backend = TimerBackends.Of(backend),
            TscAtStart = new TscTicks(offset),
            GuestTsc = TscFrequency.FromMegahertz(guestMegahertz),
        }.Run(guest);
        Assert.Equal(2, guest.Interrupts.Count);
        VirtualTime armed = guest.Accesses[0].At;
        VirtualDuration waited = guest.Interrupts[0].At - armed;
        Assert.InRange(waited.Nanoseconds, 1_000_000, 1_010_000);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_09_hlt_waiting_for_the_deadline_always_wakes(string backend)
    {
        ScriptedProgram guest = new();
        for (int distance = 0; distance < 700; distance += 7)
        {
            int armed = (distance / 7) + 1;
            guest.WriteDeadlineIn(distance).Then(_ => UntilInterrupted(guest, armed));
        }
        MachineReport report = new TestMachine
        {
            Backend = TimerBackends.Of(backend),
            Duration = VirtualDuration.FromMilliseconds(100),
        }.Run(guest);
        Assert.Equal(100, guest.Interrupts.Count);
        Assert.NotNull(guest.EndedAt);
        Assert.Equal(100, report.Timers.Fired);
    }

    [Fact]
    public void Behaviour_10_a_write_outside_deadline_mode_is_ignored_and_reads_0()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.X2ApicLvtTimer, TimerVector)
            .WriteDeadlineIn(500)
            .Read(MsrIndex.Ia32TscDeadline)
            .Compute(2000);
        MachineReport report = new TestMachine().Run(guest);
        Assert.Equal(MsrResult.Completed, guest.Accesses[1].Result);
        Assert.Equal(0UL, guest.Accesses[2].Value);
        Assert.Empty(guest.Interrupts);
        Assert.Equal(0, report.Timers.Armed);
    }

    [Fact]
    public void Behaviour_11_a_write_to_a_disabled_apic_is_ignored()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.Ia32ApicBase, 0)
            .WriteDeadlineIn(500)
            .Compute(2000);
        MachineReport report = new TestMachine().Run(guest);
        Assert.Empty(guest.Interrupts);
        Assert.Equal(0, report.Timers.Armed);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_12_rearming_in_the_handler_before_eoi_works_10000_times(string backend)
    {
        const int Samples = 10_000;
        const long DeltaCycles = 200_000;
        ScriptedProgram guest = new ScriptedProgram().WriteDeadlineIn(80);
        guest.Handler = (context, _) =>
            guest.Interrupts.Count > Samples
                ? []
                :
                [
                    GuestStep.WriteMsr(
                        MsrIndex.Ia32TscDeadline,
                        context.Tsc.PlusSaturating(DeltaCycles).Value
                    ),
                ];
        MachineReport report = new TestMachine
        {
            Backend = TimerBackends.Of(backend),
            Duration = VirtualDuration.FromSeconds(1),
        }.Run(guest);
        // The first sample is discarded, as tscdeadline_latency does.
        Assert.Equal(Samples, guest.Interrupts.Skip(1).Count());
        Assert.Equal(Samples + 1, report.Timers.Fired);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_13_a_condition_true_before_hlt_does_not_hang(string backend)
    {
        // The deadline passes while the guest is on its way to HLT, in every relation to it.
        for (int delay = 0; delay < 40; delay++)
        {
            ScriptedProgram guest = new();
            guest
                .WriteDeadlineIn(30)
                .Then(GuestStep.Compute(VirtualDuration.FromNanoseconds(26_000 + (delay * 200))))
                .Then(_ => UntilInterrupted(guest, 1))
                .Compute(1);
            new TestMachine { Backend = TimerBackends.Of(backend) }.Run(guest);
            Assert.Single(guest.Interrupts);
        }
    }

    /// <summary>sti; hlt: only if the condition that is waited for is not true yet.</summary>
    private static GuestStep UntilInterrupted(ScriptedProgram guest, int interrupts) =>
        guest.Interrupts.Count < interrupts
            ? GuestStep.Halt
            : GuestStep.Compute(VirtualDuration.Zero);

    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_14_no_interrupt_comes_before_its_deadline(string backend)
    {
        MachineReport report = new TestMachine
        {
            Backend = TimerBackends.Of(backend),
            TimerAdvance = VirtualDuration.FromMicroseconds(1),
            Duration = VirtualDuration.FromMilliseconds(200),
        }.Run(
            new UniformGuest(VirtualDuration.Zero, VirtualDuration.FromMicroseconds(400))
            {
                Idle = GuestIdle.Poll,
            }
        );
        Assert.True(report.Timers.Fired > 500);
        Assert.Equal(0, report.Timers.Early);
        Assert.True(report.Lateness.Quantile(0) >= VirtualDuration.Zero);
    }

    /// <summary>With an advance of 10 us the timer expires at 990 us, and is held until it is due.</summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void Deadline_that_is_disarmed_while_its_early_timer_is_held_does_not_come(
        string backend
    )
    {
        TestMachine machine = new()
        {
            Backend = TimerBackends.Of(backend),
            TimerAdvance = VirtualDuration.FromMicroseconds(10),
        };
        ulong deadline = machine.TscAtStart.Value + (2_500 * 1_000);
        for (long at = 989_000; at < 1_000_000; at += 70)
        {
            ScriptedProgram guest = new ScriptedProgram()
                .Then(GuestStep.ProgramDeadline(new TscTicks(deadline)))
                .Compute(3_000);
            VcpuSetMsr disarm = new(
                VirtualTime.FromNanoseconds(at),
                Vm: 0,
                Vcpu: 0,
                MsrIndex.Ia32TscDeadline,
                0
            );
            MachineReport report = (machine with { Events = [disarm] }).Run(guest);
            Assert.Equal((0, 0), (report.Timers.Early, report.Timers.Lost));
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_15_a_write_is_not_serializing_its_interrupt_comes_later(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram().WriteDeadlineIn(0).Compute(100);
        new TestMachine { Backend = TimerBackends.Of(backend) }.Run(guest);
        Assert.True(guest.Interrupts.Single().At > guest.Accesses[0].At);
    }

    [Fact]
    public void Hrtimer_deadline_of_a_running_guest_costs_two_exits()
    {
        ScriptedProgram guest = new ScriptedProgram().WriteDeadlineIn(500).Compute(2000);
        MachineReport report = new TestMachine().Run(guest);
        Assert.Equal(1, report.ExitsOf(VmExitReason.MsrWrite));
        Assert.Equal(1, report.ExitsOf(VmExitReason.ExternalInterrupt));
        Assert.Equal(2, report.TimerExits);
    }
}
