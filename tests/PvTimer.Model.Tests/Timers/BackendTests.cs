using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Timers;

/// <summary>What each back-end does beside what is true of all (the conformance tests run on all of them).</summary>
public class BackendTests
{
    private const int Timers = 8;

    private static readonly TestMachine s_machine = new() { HaltPoll = VirtualDuration.Zero };

    public static TheoryData<string> Backends =>
        [.. TimerBackends.All.Select(backend => backend.Name)];

    /// <summary>The table of config/README.md: exits for each timer of a guest that computes meanwhile.</summary>
    [Theory]
    [InlineData("hrtimer", 1, 1, 0)]
    [InlineData("preemption-timer", 1, 0, 1)]
    [InlineData("fastpath", 1, 0, 1)]
    [InlineData("pi-inject", 1, 0, 0)]
    [InlineData("pvtimer", 0, 0, 0)]
    [InlineData("apicv-timer", 0, 0, 0)]
    [InlineData("passthrough", 0, 1, 0)]
    [InlineData("avic", 1, 1, 0)]
    public void Timer_of_a_running_guest_exits_as_its_back_end_has_it(
        string backend,
        int written,
        int interrupted,
        int countedDown
    )
    {
        MachineReport report = Run(backend, Busy());
        Assert.Equal((Timers, 0), (report.Timers.Fired, report.Timers.Lost));
        Assert.Equal(written * Timers, report.WritesOf(MsrIndex.Ia32TscDeadline));
        Assert.Equal(interrupted * Timers, report.ExitsOf(VmExitReason.ExternalInterrupt));
        Assert.Equal(countedDown * Timers, report.ExitsOf(VmExitReason.PreemptionTimer));
        Assert.Equal((written + interrupted + countedDown) * Timers, report.TimerExits);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Timer_wakes_a_halted_guest_without_an_exit_of_its_own(string backend)
    {
        ScriptedProgram guest = new();
        for (int timer = 0; timer < Timers; timer++)
        {
            guest.ProgramIn(1_000).Halt().Compute(10);
        }
        MachineReport report = Run(backend, guest);
        Assert.Equal((Timers, 0), (report.Timers.Fired, report.Timers.Lost));
        Assert.Equal(0, report.ExitsOf(VmExitReason.PreemptionTimer));
        Assert.Equal(0, report.ExitsOf(VmExitReason.ExternalInterrupt));
        // Once more when its program has ended.
        Assert.Equal(Timers + 1, report.ExitsOf(VmExitReason.Hlt));
    }

    /// <summary>Each exit is shorter, there are as many, and a timer that needs none is the earliest of all.</summary>
    [Fact]
    public void Back_ends_are_as_late_as_the_way_into_the_guest_is_long()
    {
        VirtualDuration hrtimer = LatenessOf("hrtimer");
        VirtualDuration preemption = LatenessOf("preemption-timer");
        VirtualDuration fastpath = LatenessOf("fastpath");
        VirtualDuration virtualized = LatenessOf("apicv-timer");
        Assert.True(preemption < hrtimer);
        Assert.True(fastpath < preemption);
        Assert.True(virtualized < fastpath);
        // Nothing but the guest's own way to its handler.
        Assert.Equal(s_machine.Costs.GuestInterruptEntry, virtualized);
        VirtualDuration saved =
            s_machine.Costs.PreemptionTimerHandler!.Value
            - s_machine.Costs.FastPreemptionTimerHandler!.Value;
        Assert.Equal(saved, preemption - fastpath);
    }

    [Theory]
    [InlineData("preemption-timer")]
    [InlineData("fastpath")]
    public void Behaviour_44_a_deadline_too_far_for_the_counter_falls_back_to_an_hrtimer(
        string backend
    )
    {
        // 2^37 cycles of 2.5 GHz are 54.98 s.
        foreach (
            (long seconds, VmExitReason reason) in new[]
            {
                (54L, VmExitReason.PreemptionTimer),
                (56L, VmExitReason.ExternalInterrupt),
            }
        )
        {
            ScriptedProgram guest = new ScriptedProgram()
                .ProgramIn(seconds * 1_000_000)
                .Compute(60_000_000);
            MachineReport report = (
                s_machine with
                {
                    Backend = TimerBackends.Of(backend),
                    Duration = VirtualDuration.FromSeconds(58),
                }
            ).Run(guest);
            Assert.Equal((1, 1), (report.Timers.Fired, report.ExitsOf(reason)));
            Assert.True(report.Lateness.Quantile(10_000) < VirtualDuration.FromMicroseconds(5));
        }
    }

    [Theory]
    [InlineData("preemption-timer", VmExitReason.PreemptionTimer)]
    [InlineData("fastpath", VmExitReason.PreemptionTimer)]
    [InlineData("apicv-timer", null)]
    [InlineData("passthrough", VmExitReason.ExternalInterrupt)]
    public void Behaviour_45_a_halt_that_ends_before_the_deadline_gives_the_timer_back(
        string backend,
        VmExitReason? reason
    )
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(2_000).Halt().Compute(5_000);
        MachineReport report = (
            s_machine with
            {
                Backend = TimerBackends.Of(backend),
                Outside = [(VirtualDuration.FromMicroseconds(700), 0, new RaiseInterrupt(0x61))],
            }
        ).Run(guest);
        Assert.Equal((1, 0, 0), (report.Timers.Fired, report.Timers.Lost, report.Timers.Early));
        Assert.True(reason is not { } expected || report.ExitsOf(expected) == 1);
        Assert.True(report.Lateness.Quantile(10_000) < VirtualDuration.FromMicroseconds(5));
    }

    /// <summary>Two vCPUs share a pCPU, one computes: the other's timer is due while it is off.</summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void Vcpu_that_was_preempted_gets_its_timer_when_it_enters_again(string backend)
    {
        ScriptedProgram[] guests =
        [
            new ScriptedProgram().ProgramIn(4_000).Compute(6_000),
            new ScriptedProgram().Compute(6_000),
        ];
        MachineReport report = (
            s_machine with
            {
                Backend = TimerBackends.Of(backend),
                Pcpus = [0, 0],
            }
        ).Run(guests);
        Assert.Equal((1, 0), (report.Timers.Fired, report.Timers.Lost));
        Assert.True(report.Lateness.Quantile(10_000) < s_machine.Costs.SchedulerSlice * 2);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Timer_is_in_time_though_its_vcpu_has_moved(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(2_000).Compute(6_000);
        MachineReport report = (
            s_machine with
            {
                Backend = TimerBackends.Of(backend),
                Events = [new VcpuMove(At(900), Vm: 0, Vcpu: 0, ToPcpu: 1)],
            }
        ).Run(guest);
        Assert.Equal((1, 0, 0), (report.Timers.Fired, report.Timers.Lost, report.Timers.Early));
        Assert.True(report.Lateness.Quantile(10_000) < VirtualDuration.FromMicroseconds(50));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Timer_is_in_time_on_the_host_that_its_vm_was_migrated_to(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(3_000).Compute(9_000);
        MachineReport report = (
            s_machine with
            {
                Backend = TimerBackends.Of(backend),
                Hosts = 2,
                Events = [new VmMigration(At(900), Vm: 0, ToHost: 1, Pcpus: [1])],
            }
        ).Run(guest);
        Assert.Equal((1, 0, 0), (report.Timers.Fired, report.Timers.Lost, report.Timers.Early));
        Assert.NotNull(Assert.Single(report.Migrations).Total);
        Assert.True(report.Lateness.Quantile(10_000) < VirtualDuration.FromMicroseconds(60));
    }

    /// <summary>hrtimers_cpu_dying: they are queued on another CPU.</summary>
    [Fact]
    public void Timers_of_a_housekeeping_cpu_that_is_unplugged_are_not_lost()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .ProgramIn(2_000)
            .Compute(3_000)
            .ProgramIn(1_000)
            .Compute(3_000);
        MachineReport report = (
            s_machine with
            {
                Backend = TimerBackends.Of("pi-inject"),
                Events = [new PcpuOffline(At(900), Host: 0, Pcpu: 3)],
            }
        ).Run(guest);
        Assert.Equal((2, 0), (report.Timers.Fired, report.Timers.Lost));
    }

    /// <summary>It is the dedicated CPU of another VM, too: what pvtimer has armed there is its own teardown's.</summary>
    [Fact]
    public void Unplugged_cpu_that_serves_two_back_ends_hands_on_the_timers_of_one_and_gives_back_those_of_the_other()
    {
        ScriptedProgram[] guests = [Twice(), Twice()];
        MachineDescription one = (
            s_machine with
            {
                Backend = TimerBackends.PvTimer,
                Pcpus = [1],
                Events = [new PcpuOffline(At(900), Host: 0, Pcpu: 3)],
            }
        ).Describe(new ProgrammedGuest(_ => guests[0]));
        VmDescription other = one.Vms[0] with
        {
            Name = "other",
            Backend = TimerBackends.Of("pi-inject"),
            // Where the timers go.
            Pcpus = [0],
            Guest = new ProgrammedGuest(_ => guests[1]),
        };
        EmulatedMachine machine = EmulatedMachine.Build(one with { Vms = [one.Vms[0], other] });
        RunOutcome outcome = SequentialEngine.Run(machine, new RunOptions());
        TimerCounts timers = machine.Report(outcome.Reached).Timers;
        Assert.Equal((4, 0, 0), (timers.Fired, timers.Lost, timers.Early));

        static ScriptedProgram Twice() =>
            new ScriptedProgram().ProgramIn(2_000).Compute(3_000).ProgramIn(1_000).Compute(3_000);
    }

    [Fact]
    public void Posted_timer_stays_on_its_housekeeping_cpu_and_a_later_write_replaces_it()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .ProgramIn(2_000)
            .ProgramIn(1_000)
            .Compute(5_000);
        MachineReport report = Run("pi-inject", guest);
        Assert.Equal((1, 1), (report.Timers.Fired, report.Timers.Replaced));
        Assert.Equal((1, 0), (report.PostedInterrupts, report.TimerMigrations));
    }

    /// <summary>
    /// avic_ring_doorbell: not on the CPU that rings it (Linux 0532dd52), whose next VMRUN finds what is pending. A vCPU
    /// that runs elsewhere takes its interrupt without an exit.
    /// </summary>
    [Fact]
    public void Doorbell_of_avic_goes_to_another_cpu_and_never_to_the_sender_itself()
    {
        VirtualDuration handler =
            s_machine.Costs.MsrWriteHandler
            + (s_machine.Costs.LineTransferSameSocket * 3)
            + (VirtualDuration.Smallest * 2);
        Assert.Equal(handler * Timers, SendingTo(0));
        Assert.Equal((handler + s_machine.Costs.IpiSend) * Timers, SendingTo(1));

        static VirtualDuration SendingTo(uint destination)
        {
            ScriptedProgram sender = new();
            for (int ipi = 0; ipi < Timers; ipi++)
            {
                sender.Compute(100).Write(MsrIndex.X2ApicIcr, ((ulong)destination << 32) | 0x61);
            }
            ScriptedProgram[] guests =
            [
                sender.Compute(1_000),
                new ScriptedProgram().Compute(5_000),
            ];
            MachineReport report = (
                s_machine with
                {
                    Backend = TimerBackends.Of("avic"),
                    Duration = VirtualDuration.FromMilliseconds(4),
                }
            ).Run(guests);
            Assert.Equal(Timers, guests[destination].Interrupts.Count);
            Assert.Equal(0, report.ExitsOf(VmExitReason.ExternalInterrupt));
            return report.Exits.Single(exit => exit.Reason == VmExitReason.MsrWrite).Total;
        }
    }

    /// <summary>The LAPIC's counter is KVM's on every back-end.</summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void Periodic_mode_keeps_its_grid_on_every_back_end(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.X2ApicLvtTimer, 0xec | (1u << 17))
            .Write(MsrIndex.X2ApicDivideConfiguration, 0xb)
            .Write(MsrIndex.X2ApicInitialCount, 1_000_000)
            .Compute(5_500);
        MachineReport report = Run(backend, guest);
        Assert.Equal((19, 0), (report.Timers.Fired, report.Timers.Lost));
    }

    private static MachineReport Run(string backend, ScriptedProgram guest) =>
        (s_machine with { Backend = TimerBackends.Of(backend) }).Run(guest);

    private static VirtualDuration LatenessOf(string backend) =>
        Run(backend, Busy()).Lateness.Quantile(5_000);

    private static ScriptedProgram Busy()
    {
        ScriptedProgram guest = new();
        for (int timer = 0; timer < Timers; timer++)
        {
            guest.ProgramIn(1_000).Compute(1_500);
        }
        return guest;
    }

    private static VirtualTime At(long microseconds) =>
        VirtualTime.Zero + VirtualDuration.FromMicroseconds(microseconds);
}
