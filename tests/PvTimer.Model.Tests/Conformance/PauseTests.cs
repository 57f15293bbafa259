using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>
/// A VM whose userspace has it stand still: nothing runs in it, its timers go on in the host, and what came due is
/// injected when it comes back.
/// </summary>
public class PauseTests
{
    private static readonly TestMachine s_machine = new()
    {
        Duration = VirtualDuration.FromMilliseconds(20),
        HaltPoll = VirtualDuration.Zero,
    };

    public static TheoryData<string, bool> Guests =>
        new()
        {
            { "hrtimer", false },
            { "hrtimer", true },
            { "pvtimer", false },
            { "pvtimer", true },
        };

    [Theory]
    [MemberData(nameof(Guests))]
    public void What_came_due_in_the_pause_is_injected_at_its_end(string backend, bool isHalted)
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(3_000);
        _ = isHalted ? guest.Halt().Compute(9_000) : guest.Compute(9_000);
        MachineReport report = Run(TimerBackends.Of(backend), [Pause(1_000, 5_000)], guest);
        Assert.Equal((1, 0, 0), (report.Timers.Fired, report.Timers.Lost, report.Timers.Early));
        // Due at 3 ms, back at 6 ms.
        Assert.InRange(guest.Interrupts.Single().At.Nanoseconds, 6_000_000, 6_040_000);
    }

    [Theory]
    [MemberData(nameof(Guests))]
    public void What_is_due_after_the_pause_comes_in_time(string backend, bool isHalted)
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(9_000);
        _ = isHalted ? guest.Halt().Compute(9_000) : guest.Compute(12_000);
        MachineReport report = Run(TimerBackends.Of(backend), [Pause(1_000, 5_000)], guest);
        Assert.Equal(1, report.Timers.Fired);
        Assert.True(report.Lateness.Quantile(10_000) < VirtualDuration.FromMicroseconds(60));
    }

    [Fact]
    public void Guest_does_nothing_meanwhile_and_all_of_its_vcpus_stand_still()
    {
        ScriptedProgram[] guests =
        [
            .. Enumerable.Range(0, 3).Select(_ => new ScriptedProgram().Compute(2_000)),
        ];
        Run(TimerBackends.Hrtimer, [Pause(1_000, 5_000)], guests);
        Assert.All(
            guests,
            guest => Assert.InRange(guest.EndedAt!.Value.Nanoseconds, 7_000_000, 7_040_000)
        );
    }

    [Fact]
    public void Pauses_that_overlap_end_with_the_later_one()
    {
        ScriptedProgram guest = new ScriptedProgram().Compute(2_000);
        Run(TimerBackends.Hrtimer, [Pause(1_000, 5_000), Pause(2_000, 1_000)], guest);
        Assert.InRange(guest.EndedAt!.Value.Nanoseconds, 7_000_000, 7_040_000);
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Timer_of_a_vm_that_is_paused_to_the_end_is_not_lost(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(3_000).Halt();
        MachineReport report = Run(TimerBackends.Of(backend), [Pause(1_000, 50_000)], guest);
        Assert.Equal((0, 1, 0), (report.Timers.Fired, report.Timers.Pending, report.Timers.Lost));
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Paused_vcpu_that_is_moved_stands_still_there_and_goes_on(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(3_000).Compute(9_000);
        MachineReport report = Run(
            TimerBackends.Of(backend),
            [Pause(1_000, 5_000), new VcpuMove(At(2_000), Vm: 0, Vcpu: 0, ToPcpu: 2)],
            guest
        );
        Assert.Equal((1, 0), (report.Timers.Fired, report.Timers.Lost));
        Assert.InRange(guest.Interrupts.Single().At.Nanoseconds, 6_000_000, 6_040_000);
    }

    private static MachineReport Run(
        TimerBackend backend,
        ImmutableArray<MachineEvent> events,
        params ScriptedProgram[] guests
    ) => (s_machine with { Backend = backend, Events = events }).Run([.. guests]);

    private static VmPause Pause(long at, long microseconds) =>
        new(At(at), Vm: 0, VirtualDuration.FromMicroseconds(microseconds));

    private static VirtualTime At(long microseconds) =>
        VirtualTime.Zero + VirtualDuration.FromMicroseconds(microseconds);
}
