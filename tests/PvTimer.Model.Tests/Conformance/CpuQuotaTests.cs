using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>
/// A vCPU with a quota of 2 ms in 10 ms (cpu.max, libvirt's vcpu_quota): CPU time ends, virtual time and timers do not.
/// </summary>
public class CpuQuotaTests
{
    private static readonly TestMachine s_machine = new()
    {
        Duration = Ms(40),
        HaltPoll = VirtualDuration.Zero,
        Bandwidth = new CpuBandwidth(Ms(2), Ms(10)),
    };

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Vcpu_that_computes_gets_its_quota_in_each_period(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram().Compute(5_000);
        MachineReport report = Run(TimerBackends.Of(backend), [], guest);
        // 2 ms of the first period, 2 ms of the second, 1 ms of the third.
        Assert.InRange(guest.EndedAt!.Value.Nanoseconds, 21_000_000, 21_050_000);
        Assert.InRange(report.Throttled.Nanoseconds, 15_950_000, 16_100_000);
        Assert.InRange((report.Steal - report.Throttled).Nanoseconds, 0, 50_000);
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void What_is_due_while_it_is_throttled_is_injected_in_the_next_period(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(5_000).Compute(9_000);
        MachineReport report = Run(TimerBackends.Of(backend), [], guest);
        Assert.Equal((1, 0), (report.Timers.Fired, report.Timers.Lost));
        Assert.InRange(guest.Interrupts.Single().At.Nanoseconds, 10_000_000, 10_040_000);
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Vcpu_that_halts_before_its_quota_is_spent_is_never_throttled(string backend)
    {
        ScriptedProgram guest = new();
        for (int turn = 0; turn < 15; turn++)
        {
            guest.ProgramIn(1_000).Halt().Compute(200);
        }
        MachineReport report = Run(TimerBackends.Of(backend), [], guest);
        Assert.Equal((15, 0L), (report.Timers.Fired, report.Throttled.Nanoseconds));
    }

    [Fact]
    public void Halted_vcpu_whose_quota_is_spent_is_woken_when_there_is_a_new_one()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .ProgramIn(3_000)
            .Compute(1_995)
            .Halt()
            .Compute(2_500);
        Run(TimerBackends.Hrtimer, [], guest);
        // Woken at 3 ms with next to nothing left; then 2 ms of the second period and some of the third.
        Assert.InRange(guest.EndedAt!.Value.Nanoseconds, 20_400_000, 20_600_000);
    }

    [Theory]
    [InlineData(3_000)]
    [InlineData(12_500)]
    [InlineData(11_000)]
    public void Quota_goes_with_a_thread_that_moves(long at)
    {
        ScriptedProgram guest = new ScriptedProgram().Compute(5_000);
        MachineReport report = Run(
            TimerBackends.Hrtimer,
            [new VcpuMove(VirtualTime.Zero + Us(at), Vm: 0, Vcpu: 0, ToPcpu: 2)],
            guest
        );
        Assert.InRange(guest.EndedAt!.Value.Nanoseconds, 21_000_000, 21_080_000);
        Assert.InRange(report.Throttled.Nanoseconds, 15_900_000, 16_000_000);
    }

    [Fact]
    public void Vcpu_that_is_throttled_when_the_run_ends_has_stolen_time_until_then()
    {
        ScriptedProgram guest = new ScriptedProgram().Compute(90_000);
        MachineReport report = Run(TimerBackends.Hrtimer, [], guest);
        Assert.InRange(report.Throttled.Nanoseconds, 31_900_000, 32_000_000);
        Assert.InRange(report.Steal.Nanoseconds, 31_900_000, 32_050_000);
    }

    [Fact]
    public void What_was_used_too_much_is_taken_from_the_next_periods()
    {
        CpuBudget budget = CpuBudget.Of(s_machine.Bandwidth)!.Value.Start(VirtualTime.Zero);
        Assert.Equal(At(2), budget.SpentAt);
        // An SMI had the pCPU: 7 ms of 2.
        CpuBudget spent = budget.Stop(At(7));
        Assert.Equal((true, At(10)), (spent.IsSpent, spent.PeriodEnd));
        Assert.Equal(Ms(-3), spent.At(At(10)).Left);
        Assert.Equal(Ms(-1), spent.At(At(29)).Left);
        Assert.Equal(Ms(1), spent.At(At(30)).Left);
        Assert.Equal(Ms(2), spent.At(At(400)).Left);
        Assert.Equal(At(410), spent.At(At(400)).PeriodEnd);
    }

    [Fact]
    public void Quota_of_the_next_period_counts_for_who_still_runs()
    {
        CpuBudget budget = CpuBudget.Of(s_machine.Bandwidth)!.Value.At(VirtualTime.Zero);
        CpuBudget running = budget.Start(At(9));
        Assert.Equal(At(12), running.SpentAt);
        Assert.Equal(Ms(1), running.At(At(11)).Left);
        Assert.Equal(At(20), running.At(At(11)).PeriodEnd);
    }

    private static MachineReport Run(
        TimerBackend backend,
        ImmutableArray<MachineEvent> events,
        ScriptedProgram guest
    ) => (s_machine with { Backend = backend, Events = events }).Run([guest]);

    private static VirtualDuration Ms(long milliseconds) =>
        VirtualDuration.FromMilliseconds(milliseconds);

    private static VirtualDuration Us(long microseconds) =>
        VirtualDuration.FromMicroseconds(microseconds);

    private static VirtualTime At(long milliseconds) => VirtualTime.Zero + Ms(milliseconds);
}
