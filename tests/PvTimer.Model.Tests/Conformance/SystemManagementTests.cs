using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>
/// An SMI at a core that runs a guest causes no VM-exit (SDM vol. 3C, 31.14.1): the guest stands still, its TSC goes on, and
/// what came meanwhile is taken afterwards.
/// </summary>
public class SystemManagementTests
{
    private const ulong ToVcpu1 = 1UL << 32;

    public static TheoryData<string> Backends =>
        [.. TimerBackends.All.Select(backend => backend.Name)];

    [Theory]
    [MemberData(nameof(Backends))]
    public void Guest_that_computes_ends_later_by_the_stall_and_does_not_exit(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram().Compute(3_000);
        ScriptedProgram undisturbed = new ScriptedProgram().Compute(3_000);

        MachineReport stalled = Run(TimerBackends.Of(backend), guest, Stall(1_000_000, 400_000));
        Run(TimerBackends.Of(backend), undisturbed);

        Assert.Equal(0, Exits(stalled, VmExitReason.ExternalInterrupt));
        Assert.Equal(400_000, (guest.EndedAt!.Value - undisturbed.EndedAt!.Value).Nanoseconds);
    }

    [Fact]
    public void Stall_is_no_time_of_the_guest()
    {
        CpuTime without = Run(TimerBackends.Hrtimer, new ScriptedProgram().Compute(3_000)).Cpu;
        CpuTime with = Run(
            TimerBackends.Hrtimer,
            new ScriptedProgram().Compute(3_000),
            Stall(1_000_000, 400_000)
        ).Cpu;

        Assert.Equal(without.Guest, with.Guest);
        Assert.Equal(400_000, (with.Interrupt - without.Interrupt).Nanoseconds);
        Assert.Equal(without.Total, with.Total);
    }

    [Fact]
    public void Host_timer_that_is_due_meanwhile_takes_the_guest_out_afterwards()
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(1_000).Compute(3_000);

        MachineReport report = Run(TimerBackends.Hrtimer, guest, Stall(900_000, 700_000));

        Assert.Equal(1, Exits(report, VmExitReason.ExternalInterrupt));
        Assert.InRange(guest.Interrupts.Single().At.Nanoseconds, 1_601_000, 1_604_000);
        Assert.Equal((1, 0), (report.Timers.Fired, report.Timers.Lost));
    }

    [Fact]
    public void Posted_interrupt_that_comes_meanwhile_is_taken_afterwards_without_an_exit()
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(1_000).Compute(3_000);

        MachineReport report = Run(TimerBackends.PvTimer, guest, Stall(900_000, 700_000));

        Assert.Equal(0, Exits(report, VmExitReason.ExternalInterrupt));
        // The SMI is recognised after 60 ns, and it takes 300 ns to the handler.
        Assert.Equal(1_600_360, guest.Interrupts.Single().At.Nanoseconds);
    }

    [Theory]
    [InlineData(999_950)]
    [InlineData(1_000_010)]
    [InlineData(1_000_059)]
    public void Host_interrupt_that_was_about_to_be_recognised_waits_too(long at)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Then(context =>
                GuestStep.WriteMsr(
                    MsrIndex.Ia32TscDeadline,
                    new TestMachine().TscAtStart.Value + (2_500 * 1_000)
                )
            )
            .Compute(3_000);

        MachineReport report = Run(TimerBackends.Hrtimer, guest, Stall(at, 200_000));

        Assert.Equal(1, Exits(report, VmExitReason.ExternalInterrupt));
        Assert.InRange(guest.Interrupts.Single().At.Nanoseconds, at + 201_000, at + 203_000);
    }

    [Fact]
    public void Stalls_that_overlap_add_up()
    {
        ScriptedProgram guest = new ScriptedProgram().Compute(3_000);
        ScriptedProgram undisturbed = new ScriptedProgram().Compute(3_000);

        MachineReport report = Run(
            TimerBackends.Hrtimer,
            guest,
            Stall(1_000_000, 100_000),
            Stall(1_050_000, 30_000),
            Stall(1_130_000, 7_000)
        );
        Run(TimerBackends.Hrtimer, undisturbed);

        Assert.Equal(137_000, (guest.EndedAt!.Value - undisturbed.EndedAt!.Value).Nanoseconds);
        Assert.Equal(0, Exits(report, VmExitReason.ExternalInterrupt));
        Assert.Equal(137_000, report.Cpu.Interrupt.Nanoseconds);
    }

    /// <summary>The exit takes 200 ns, its handler 300 ns and the entry 250 ns.</summary>
    [Theory]
    [InlineData(50)]
    [InlineData(199)]
    [InlineData(300)]
    [InlineData(700)]
    public void Stall_on_the_way_out_of_the_guest_or_into_it_is_not_lost(long after)
    {
        ScriptedProgram undisturbed = Writes();
        Run(TimerBackends.Hrtimer, undisturbed);
        long exit = undisturbed.Accesses.Single().At.Nanoseconds;
        ScriptedProgram guest = Writes();

        MachineReport report = Run(TimerBackends.Hrtimer, guest, Stall(exit + after, 90_000));

        // During the exit it hides what is left of that, and is recognised after 60 ns.
        VirtualDuration later = guest.EndedAt!.Value - undisturbed.EndedAt!.Value;
        Assert.InRange(later.Nanoseconds, 89_800, 90_060);
        Assert.Equal(0, Exits(report, VmExitReason.ExternalInterrupt));
        Assert.Equal(90_000, report.Cpu.Interrupt.Nanoseconds);
    }

    [Fact]
    public void Command_that_a_spinning_guest_does_not_see_is_done_afterwards()
    {
        MachineReport report = (
            new TestMachine() with
            {
                Events =
                [
                    new PcpuStall(At(1_000_000), Host: 0, Pcpu: 0, Ns(500_000)),
                    new VcpuCommand(
                        At(1_200_000),
                        Vm: 0,
                        Vcpu: 0,
                        [GuestInstruction.Program(VirtualDuration.FromMicroseconds(100))],
                        Handler: null
                    ),
                ],
            }
        ).Run(new CommandedGuest());

        Assert.Equal(1, report.Timers.Fired);
        Assert.Equal(1, Exits(report, VmExitReason.MsrWrite));
        Assert.InRange(report.Lateness.Quantile(10_000).Nanoseconds, 1, 5_000);
    }

    [Theory]
    [InlineData(4, 1)] // NMI
    [InlineData(5, 0)] // INIT
    public void Nmi_and_init_wait_for_the_end(int mode, int interrupts)
    {
        ScriptedProgram sender = new ScriptedProgram()
            .Compute(500)
            .Write(MsrIndex.X2ApicIcr, ToVcpu1 | ((ulong)mode << 8) | (1 << 14));
        ScriptedProgram target = new ScriptedProgram().Compute(3_000);
        MachineReport report = (
            new TestMachine() with
            {
                Events = [new PcpuStall(At(400_000), Host: 0, Pcpu: 1, Ns(900_000))],
            }
        ).Run(sender, target);

        Assert.Equal(interrupts, target.Interrupts.Count);
        Assert.All(
            target.Interrupts,
            taken => Assert.InRange(taken.At.Nanoseconds, 1_300_000, 1_302_000)
        );
        Assert.Equal(interrupts == 0, target.EndedAt is null);
    }

    [Fact]
    public void Halted_vcpu_and_idle_core_are_stalled_like_before()
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(1_000).Halt().Compute(10);

        MachineReport report = Run(TimerBackends.Hrtimer, guest, Stall(900_000, 700_000));

        Assert.InRange(guest.Interrupts.Single().At.Nanoseconds, 1_600_000, 1_640_000);
        Assert.Equal(0, report.Timers.Lost);
    }

    private static ScriptedProgram Writes() =>
        new ScriptedProgram().Compute(500).Write(MsrIndex.Ia32TscDeadline, 0).Compute(1_000);

    private static MachineReport Run(
        TimerBackend backend,
        ScriptedProgram guest,
        params MachineEvent[] events
    ) => (new TestMachine() with { Backend = backend, Events = [.. events] }).Run([guest]);

    private static PcpuStall Stall(long at, long length) =>
        new(At(at), Host: 0, Pcpu: 0, Ns(length));

    private static long Exits(MachineReport report, VmExitReason reason) =>
        report.Exits.Where(exit => exit.Reason == reason).Sum(exit => exit.Count);

    private static VirtualDuration Ns(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);

    private static VirtualTime At(long nanoseconds) => VirtualTime.Zero + Ns(nanoseconds);
}
