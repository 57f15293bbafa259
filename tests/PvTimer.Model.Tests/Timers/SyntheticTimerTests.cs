using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Synthetic;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Timers;

/// <summary>Behaviour 48: Hyper-V's synthetic timers, as a guest's kernel and as a driver of its own use them.</summary>
public class SyntheticTimerTests
{
    private const ulong Enable = 1;
    private const ulong Periodic = 1 << 1;
    private const ulong Auto = 1 << 3;
    private const ulong Message = 2UL << 16;
    private const ulong Direct = (1UL << 12) | (0xedUL << 4);

    /// <summary>100 ns each.</summary>
    private const ulong Millisecond = 10_000;

    public static TheoryData<ClockEvent> Modes =>
        [ClockEvent.HypervStimer, ClockEvent.HypervStimerDirect];

    private static TestMachine Machine(ClockEvent device) =>
        new() { Backend = TimerBackends.For(device)! };

    private static ulong Delivery(ClockEvent device) =>
        device == ClockEvent.HypervStimer ? Message : Direct;

    [Theory]
    [MemberData(nameof(Modes))]
    public void Behaviour_48_one_shot_exits_for_its_count_and_for_its_expiry(ClockEvent device)
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(1_000).Compute(3_000);
        MachineReport report = Machine(device).Run(guest);
        Assert.Equal((1, 0, 0), (report.Timers.Fired, report.Timers.Early, report.Timers.Lost));
        Assert.Equal(1, report.DeadlineWrites);
        Assert.Equal(1, report.WritesOf(MsrIndex.HypervStimer0Count));
        Assert.Equal(0, report.WritesOf(MsrIndex.Ia32TscDeadline));
        Assert.Equal(1, report.ExitsOf(VmExitReason.ExternalInterrupt));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Behaviour_48_a_halted_vcpu_is_woken(ClockEvent device)
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(5_000).Halt().Compute(10);
        MachineReport report = Machine(device).Run(guest);
        Assert.Equal((1, 0), (report.Timers.Fired, report.Timers.Lost));
        Assert.Equal(1, report.ExitsOf(VmExitReason.Hlt) - 1);
    }

    /// <summary>1 500 cycles for a message, 350 in direct mode, at 2.5 GHz; the rest is hrtimer's.</summary>
    [Fact]
    public void Message_takes_longer_to_send_than_an_interrupt()
    {
        VirtualDuration Latest(TimerBackend backend) =>
            (new TestMachine() with { Backend = backend })
                .Run(new ScriptedProgram().ProgramIn(1_000).Compute(3_000))
                .Lateness.Quantile(10_000);

        VirtualDuration hrtimer = Latest(TimerBackends.Hrtimer);
        VirtualDuration message = Latest(TimerBackends.For(ClockEvent.HypervStimer)!);
        VirtualDuration direct = Latest(TimerBackends.For(ClockEvent.HypervStimerDirect)!);
        Assert.Equal(460, (message - direct).Nanoseconds);
        // The counter's 100 ns.
        Assert.InRange((direct - hrtimer).Nanoseconds, 140, 240);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Behaviour_48_periodic_timer_keeps_its_grid_and_writes_nothing(ClockEvent device)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.HypervStimer0Config, Enable | Periodic | Delivery(device))
            .Write(MsrIndex.HypervStimer0Count, Millisecond)
            .Compute(15_500);
        MachineReport report = Machine(device).Run(guest);
        Assert.Equal((19, 0), (report.Timers.Fired, report.Timers.Lost));
        Assert.Equal(1, report.WritesOf(MsrIndex.HypervStimer0Count));
        Assert.True(report.Lateness.Quantile(10_000) < VirtualDuration.FromMicroseconds(50));
    }

    /// <summary>The VM is paused for six of its periods and a half: one interrupt then, and the grid goes on.</summary>
    [Theory]
    [MemberData(nameof(Modes))]
    public void Behaviour_48_periods_that_have_passed_are_skipped(ClockEvent device)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.HypervStimer0Config, Enable | Periodic | Delivery(device))
            .Write(MsrIndex.HypervStimer0Count, Millisecond)
            .Compute(30_000);
        MachineReport report = (
            Machine(device) with
            {
                Events =
                [
                    new VmPause(
                        VirtualTime.Zero + VirtualDuration.FromMicroseconds(3_500),
                        Vm: 0,
                        VirtualDuration.FromMicroseconds(6_000)
                    ),
                ],
            }
        ).Run(guest);
        // 1 to 3 ms, one late at 9.5 ms, 10 to 19 ms.
        Assert.Equal((14, 0), (report.Timers.Fired, report.Timers.Lost));
    }

    [Fact]
    public void Behaviour_48_expiry_that_finds_its_message_slot_full_waits_for_the_end_of_message()
    {
        // The handler arms the next timer, which has passed already, and stays for a while.
        foreach (bool hasApicv in new[] { true, false })
        {
            ScriptedProgram guest = new ScriptedProgram().ProgramIn(1_000).Compute(3_000);
            guest.Handler = (_, _) =>
                guest.Interrupts.Count > 1
                    ? []
                    :
                    [
                        GuestStep.WriteMsr(MsrIndex.HypervStimer0Count, 1),
                        GuestStep.Compute(VirtualDuration.FromMicroseconds(50)),
                    ];
            MachineReport report = (
                Machine(ClockEvent.HypervStimer) with
                {
                    HasApicv = hasApicv,
                }
            ).Run(guest);
            Assert.Equal((2, 0), (report.Timers.Fired, report.Timers.Lost));
            Assert.Equal(1, report.WritesOf(MsrIndex.HypervEndOfMessage));
            Assert.Equal(hasApicv ? 0 : 2, report.WritesOf(MsrIndex.X2ApicEoi));
        }
    }

    /// <summary>What programs a timer and what its expiry forces are its own exits, whatever MSR it is.</summary>
    [Theory]
    [MemberData(nameof(Modes))]
    public void Timers_own_exits_are_its_count_and_its_expiry(ClockEvent device)
    {
        MachineReport report = Machine(device)
            .Run(new ScriptedProgram().ProgramIn(1_000).Compute(3_000));
        Assert.Equal((1, 2), (report.Timers.Fired, report.TimerExits));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Behaviour_48_count_enables_only_what_is_auto_enabled_and_0_disables(
        ClockEvent device
    )
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.HypervStimer0Config, Delivery(device))
            .Write(MsrIndex.HypervStimer0Count, Millisecond)
            .Compute(2_000)
            .Write(MsrIndex.HypervStimer0Config, Auto | Delivery(device))
            .Write(MsrIndex.HypervStimer0Count, 5 * Millisecond)
            .Read(MsrIndex.HypervStimer0Config)
            .Write(MsrIndex.HypervStimer0Count, 0)
            .Compute(5_000)
            .Read(MsrIndex.HypervStimer0Config);
        MachineReport report = Machine(device).Run(guest);
        Assert.Equal((0, 1), (report.Timers.Fired, report.Timers.Cancelled));
        Assert.Equal(
            [Auto | Enable | Delivery(device), Auto | Delivery(device)],
            guest
                .Accesses.Where(access => access.Msr == MsrIndex.HypervStimer0Config)
                .Skip(2)
                .Select(access => access.Value)
        );
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void What_is_not_modelled_faults(ClockEvent device)
    {
        ulong other = device == ClockEvent.HypervStimer ? Direct : Message;
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.HypervStimer0Config, other | Enable)
            .Write(MsrIndex.HypervStimer0Count + 2, 1)
            .Compute(10);
        Machine(device).Run(guest);
        Assert.All(
            guest.Accesses,
            access => Assert.Equal(MsrResult.GeneralProtection, access.Result)
        );
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Lapic_s_timer_of_such_a_guest_never_expires(ClockEvent device)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .WriteDeadlineIn(100)
            .Write(MsrIndex.X2ApicLvtTimer, 0xec | (1u << 17))
            .Write(MsrIndex.X2ApicInitialCount, 100_000)
            .ProgramIn(1_000)
            .Compute(5_000);
        MachineReport report = Machine(device).Run(guest);
        Assert.Equal((1, 1), (report.Timers.Fired, report.Timers.Armed));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Timer_is_in_time_on_the_host_that_its_vm_was_migrated_to(ClockEvent device)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .ProgramIn(3_000)
            .Compute(6_000)
            .ProgramIn(2_000)
            .Compute(9_000);
        MachineReport report = (
            Machine(device) with
            {
                Hosts = 2,
                Events =
                [
                    new VmMigration(
                        VirtualTime.Zero + VirtualDuration.FromMicroseconds(900),
                        Vm: 0,
                        ToHost: 1,
                        Pcpus: [1]
                    ),
                ],
            }
        ).Run(guest);
        Assert.Equal((2, 0, 0), (report.Timers.Fired, report.Timers.Lost, report.Timers.Early));
        Assert.True(report.Lateness.Quantile(10_000) < VirtualDuration.FromMicroseconds(60));
    }

    [Fact]
    public void Pvtimer_does_not_serve_such_a_vm()
    {
        MachineDescription one = (
            new TestMachine() with
            {
                Backend = TimerBackends.PvTimer,
            }
        ).Describe(new NanosleepGuest(VirtualDuration.FromMicroseconds(500), VirtualDuration.Zero));
        VmDescription other = one.Vms[0] with
        {
            Name = "stimer",
            Backend = TimerBackends.For(ClockEvent.HypervStimer)!,
            Pcpus = [1],
        };
        EmulatedMachine machine = EmulatedMachine.Build(one with { Vms = [one.Vms[0], other] });
        MachineReport report = machine.Report(
            Engine.SequentialEngine.Run(machine, new Engine.RunOptions()).Reached
        );
        Assert.InRange(report.WritesOf(MsrIndex.HypervStimer0Count), 30, 41);
        Assert.Equal(0, report.Timers.Lost);
    }
}
