using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>The guests that do what programs of kvm-unit-tests do: tscdeadline_latency, and vmexit's tscdeadline.</summary>
public class UnitTestGuestTests
{
    private const long Delta = 200_000;

    public static TheoryData<string> Backends => [.. TimerBackends.All.Select(each => each.Name)];

    [Theory]
    [MemberData(nameof(Backends))]
    public void Latency_guest_loses_no_timer_and_has_none_early(string backend)
    {
        MachineReport report = Machine(backend).Run(new TscDeadlineLatencyGuest(Delta));

        Assert.InRange(report.Timers.Fired, 150, 250);
        Assert.Equal(report.Timers.Fired + 1, report.Timers.Armed);
        Assert.Equal((0, 0), (report.Timers.Lost, report.Timers.Early));
        // Like the test it drops its first sample.
        Assert.Equal(report.Timers.Fired - 1, report.Lateness.Count);
    }

    [Fact]
    public void Latency_guest_counts_its_delta_from_the_first_line_of_its_handler()
    {
        TestMachine machine = Machine("hrtimer");
        MachineReport report = machine.Run(
            new TscDeadlineLatencyGuest(Delta) { Idle = GuestIdle.Poll }
        );

        // Each round is the delta and the lateness of the interrupt at its end, and nothing else.
        long lateness = report.Lateness.Quantile(5_000).Nanoseconds;
        Assert.Equal(lateness, report.Lateness.Quantile(10_000).Nanoseconds);
        long round = machine.GuestTsc.SpanOf(Delta).Nanoseconds + lateness;
        Assert.InRange(machine.Duration.Nanoseconds / round - report.Timers.Fired, 0, 1);
    }

    [Theory]
    [InlineData(GuestIdle.Halt, true)]
    [InlineData(GuestIdle.Poll, false)]
    public void Latency_guest_halts_unless_it_polls(GuestIdle idle, bool halts)
    {
        MachineReport report = Machine("hrtimer")
            .Run(new TscDeadlineLatencyGuest(Delta) { Idle = idle });

        Assert.Equal(halts, report.Exits.Any(exit => exit.Reason == VmExitReason.Hlt));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Deadline_that_has_passed_gives_one_interrupt_for_each_write(string backend)
    {
        MachineReport report = Machine(backend).Run(new TscDeadlineGuest(0));

        Assert.True(report.Timers.Fired > 1_000);
        Assert.Equal(report.DeadlineWrites, report.Timers.Armed);
        Assert.InRange(report.Timers.Armed - report.Timers.Fired, 0, 1);
        Assert.Equal(0, report.Timers.Lost);
    }

    [Fact]
    public void Exit_guest_waits_for_its_deadline_before_it_writes_the_next()
    {
        TestMachine machine = Machine("hrtimer");
        long immediate = machine.Run(new TscDeadlineGuest(0)).Timers.Fired;
        long ahead = machine.Run(new TscDeadlineGuest(25_000)).Timers.Fired;

        // 10 us for each round beside what it takes.
        Assert.InRange(ahead, 1_000, 2_000);
        Assert.True(immediate > ahead);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public void Exit_guest_knows_no_page_and_as_posted_loses_its_first_deadline(
        bool isIgnored,
        long lost
    )
    {
        TestMachine machine = Machine("pvtimer") with
        {
            PvTimer = new PvTimerParameters
            {
                Flaws = new PvTimerFlaws { MsrValueIgnored = isIgnored },
            },
        };

        TimerCounts timers = machine.Run(new TscDeadlineGuest(3_000)).Timers;

        Assert.Equal(lost, timers.Lost);
        Assert.Equal(isIgnored, timers.Fired == 0);
    }

    private static TestMachine Machine(string backend) =>
        new() { Backend = TimerBackends.Of(backend) };
}
