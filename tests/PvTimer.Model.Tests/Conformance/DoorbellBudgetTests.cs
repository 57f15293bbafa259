using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>
/// Fixed variant, flaw 17: a vCPU that has rung six times since its page was promised a look is served by its own
/// pCPU until the scan has come to it again; no timer is lost, early or doubled on the way between the two.
/// </summary>
public class DoorbellBudgetTests
{
    private const int Short = 12;
    private const int Rings = PvTimerParameters.DoorbellsPerPromise;

    private static readonly TestMachine s_machine = new()
    {
        Backend = TimerBackends.PvTimer,
        Duration = VirtualDuration.FromMilliseconds(5),
    };

    [Fact]
    public void Seventh_short_timer_of_a_period_goes_to_an_hrtimer_of_the_vcpus_own_pcpu()
    {
        ScriptedProgram guest = ShortTimers(Rings + 2);
        MachineReport report = s_machine.Run(guest.Compute(4_000));
        Assert.Equal((Rings, Rings + 2), (report.Ipis, report.Timers.Fired));
        Assert.Equal(Rings, report.PostedInterrupts);
        // The two others expire where the guest runs, which costs it an exit each.
        Assert.Equal(2, Of(report, VmExitReason.ExternalInterrupt));
        AssertOnTime(report);
    }

    [Theory]
    [InlineData(1, 6)]
    [InlineData(21, 126)]
    [InlineData(40, 240)]
    [InlineData(256, 256)]
    [InlineData(1_000, 256)]
    public void Vcpus_of_a_guest_share_what_it_may_ring_evenly(int vcpus, int together)
    {
        int[] shares =
        [
            .. Enumerable
                .Range(0, vcpus)
                .Select(vcpu => PvTimerParameters.DoorbellsOf(vcpu, vcpus)),
        ];
        Assert.Equal(together, shares.Sum());
        Assert.InRange(shares.Max() - shares.Min(), 0, 1);
        Assert.True(shares.Max() <= Rings);
    }

    [Fact]
    public void Next_period_it_may_ring_again()
    {
        ScriptedProgram guest = ShortTimers(Rings + 2).Compute(400);
        for (int timer = 0; timer < 3; timer++)
        {
            guest.ProgramIn(Short).Compute(Short + 6);
        }
        Assert.Equal(Rings + 3, s_machine.Run(guest.Compute(4_000)).Ipis);
    }

    [Fact]
    public void Deadline_that_replaces_it_by_the_page_is_the_only_one_that_fires()
    {
        // The seventh lies ahead by more than a page's promise when the eighth comes, which does not exit.
        ScriptedProgram guest = ShortTimers(Rings).ProgramIn(90).Compute(5).ProgramIn(2_000);
        MachineReport report = s_machine.Run(guest.Compute(4_000));
        Assert.Equal((Rings + 1, 1), (report.Timers.Fired, report.Timers.Replaced));
        Assert.Equal(2, report.DeadlineWrites - Rings);
        AssertOnTime(report);
    }

    [Fact]
    public void Disarmed_by_the_page_it_does_not_fire()
    {
        ScriptedProgram guest = ShortTimers(Rings)
            .ProgramIn(90)
            .Compute(5)
            .Then(GuestStep.ProgramDeadline(TscTicks.Zero));
        MachineReport report = s_machine.Run(guest.Compute(4_000));
        Assert.Equal((Rings, 1), (report.Timers.Fired, report.Timers.Cancelled));
        AssertOnTime(report);
    }

    [Fact]
    public void Replaced_before_it_was_due_it_does_not_fire_whatever_is_written_before_its_late_callback()
    {
        // The vCPU has moved on, so that it runs while the pCPU that it has left handles the interrupt for 5 us.
        TestMachine machine = s_machine with
        {
            Costs = SimpleCosts.Plausible with
            {
                TimerInterrupt = new CostDistribution([VirtualDuration.FromMicroseconds(5)]),
            },
            Outside = [(VirtualDuration.FromMicroseconds(190), 0, new MoveVcpu(new EntityId(1)))],
        };
        VirtualTime disarmed = s_due + VirtualDuration.FromMicroseconds(2);
        ScriptedProgram guest = ShortTimers(Rings)
            .Then(Absolute)
            .ProgramIn(2_000)
            .Then(context => GuestStep.Compute(disarmed - context.Now))
            .Then(GuestStep.ProgramDeadline(TscTicks.Zero))
            .Compute(4_000);
        MachineReport report = machine.Run(guest);
        Assert.Equal(
            (Rings, 1, 1),
            (report.Timers.Fired, report.Timers.Replaced, report.Timers.Cancelled)
        );
        Assert.Equal((0, 0), (report.Timers.Lost, report.Timers.Early));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Asked_for_again_it_fires_once(bool isRestored)
    {
        // The same deadline by the page, from the guest or from userspace that sets its registers again.
        ScriptedProgram guest = ShortTimers(Rings);
        guest.Then(Absolute).Compute(10);
        ImmutableArray<(VirtualDuration, int, Message)> outside = [];
        if (isRestored)
        {
            outside = [(VirtualDuration.FromMicroseconds(180), 0, SaveRestore.Instance)];
        }
        else
        {
            guest.Then(GuestStep.ProgramDeadline(TscTicks.Zero)).Compute(10).Then(Absolute);
        }
        MachineReport report = (s_machine with { Outside = outside }).Run(guest.Compute(4_000));
        Assert.Equal(Rings + 1, report.Timers.Fired);
        AssertOnTime(report);
    }

    /// <summary>Before the page's next look: asking for it exits.</summary>
    private static readonly VirtualTime s_due = VirtualTime.FromNanoseconds(240_000);

    private static GuestStep Absolute(GuestContext context) =>
        GuestStep.ProgramDeadline(context.Clock.At(s_due));

    private static ScriptedProgram ShortTimers(int count)
    {
        ScriptedProgram guest = new();
        for (int timer = 0; timer < count; timer++)
        {
            guest.ProgramIn(Short).Compute(Short + 6);
        }
        return guest;
    }

    private static long Of(MachineReport report, VmExitReason reason) =>
        report.Exits.Where(each => each.Reason == reason).Sum(each => each.Count);

    private static void AssertOnTime(MachineReport report)
    {
        Assert.Equal((0, 0), (report.Timers.Lost, report.Timers.Early));
        Assert.True(report.Lateness.Quantile(10_000) < VirtualDuration.FromMicroseconds(10));
    }
}
