using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Looks;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Looks;

/// <summary>What a machine shows where it stands.</summary>
public sealed class MachineLookTests
{
    private static readonly LookRequest Everything = new(["h0"], ["h0/pcpu-0"], 100);

    [Fact]
    public void Sums_are_those_of_the_report()
    {
        (EmulatedMachine machine, RunOutcome outcome) = Run(
            new TestMachine { Backend = TimerBackend.PvTimer },
            new ExponentialGuest(VirtualDuration.FromMicroseconds(150)),
            vcpus: 3
        );
        HostLook host = Assert.Single(Look(machine, outcome, LookRequest.Sums).Hosts);
        MachineReport report = machine.Report(outcome.Reached);
        Assert.Equal(
            (report.Timers.Armed, report.Timers.Fired, report.Ipis, report.PostedInterrupts),
            (host.Armed, host.Fired, host.Ipis, host.PostedInterrupts)
        );
        Assert.Equal((report.Scans, report.TimerMigrations), (host.Scans, host.TimerMigrations));
        Assert.Equal((report.Cpu, report.TimerCpu), (host.Cpu, host.TimerCpu));
        Assert.Equal(("h0", 4, 3, 3), (host.Name, host.Pcpus, host.Vcpus, host.Arrivals));
        Assert.Equal(report.Lateness.Count, host.Lateness.Count);
        // An exit that is still being handled is counted by the report alone.
        Assert.All(
            host.Exits,
            exit =>
                Assert.InRange(
                    exit.Count,
                    CountOf(report, exit.Reason) - 3,
                    CountOf(report, exit.Reason)
                )
        );
    }

    private static long CountOf(MachineReport report, VmExitReason reason) =>
        report.Exits.Single(exit => exit.Reason == reason).Count;

    [Fact]
    public void Looking_changes_nothing()
    {
        TestMachine machine = new() { Backend = TimerBackend.PvTimer };
        ExponentialGuest guest = new(VirtualDuration.FromMicroseconds(150));
        (EmulatedMachine looked, RunOutcome outcome) = Run(machine, guest);
        (EmulatedMachine unseen, _) = Run(machine, guest);
        Look(looked, outcome, Everything);
        Look(looked, outcome, Everything);
        MachineReport expected = unseen.Report(outcome.Reached);
        MachineReport report = looked.Report(outcome.Reached);
        Assert.Equal(expected.Timers, report.Timers);
        Assert.Equal(expected.Cpu, report.Cpu);
        Assert.Equal(expected.Lateness.Ascending().AsEnumerable(), report.Lateness.Ascending());
    }

    [Theory]
    [InlineData(TimerBackend.Hrtimer, 100, 900, TimerPlace.Pcpu, "h0/pcpu-0")]
    // Behind the next scan at 250 us: it waits in the page until it is found there.
    [InlineData(TimerBackend.PvTimer, 100, 900, TimerPlace.Page, "h0/timer-kthread")]
    [InlineData(TimerBackend.PvTimer, 400, 900, TimerPlace.TimerCpu, "h0/pcpu-3")]
    // Before the next scan: the doorbell brings it to the timer CPU.
    [InlineData(TimerBackend.PvTimer, 150, 230, TimerPlace.TimerCpu, "h0/pcpu-3")]
    public void Pending_deadline_is_shown_where_it_waits(
        TimerBackend backend,
        long at,
        long due,
        TimerPlace place,
        string holder
    )
    {
        ScriptedProgram program = new ScriptedProgram().Compute(50).ProgramIn(due - 50).Halt();
        PendingTimer timer = Assert.Single(TimersAt(backend, at, program));
        Assert.Equal(("vm/vcpu-0", place, holder), (timer.Vcpu, timer.Place, timer.Holder));
        Assert.Equal(TimerRisk.None, timer.Risk);
        Assert.InRange(timer.Due.Nanoseconds, due * 1_000, (due + 3) * 1_000);
        Assert.Equal(timer.Due, timer.Fires);
    }

    [Fact]
    public void Deadline_that_has_passed_is_overdue_until_its_interrupt_is_there()
    {
        ScriptedProgram program = new ScriptedProgram().Compute(50).ProgramIn(350).Halt();
        PendingTimer timer = Assert.Single(TimersAt(TimerBackend.Hrtimer, 402, program));
        Assert.Equal(TimerRisk.Overdue, timer.Risk);
        Assert.Empty(
            TimersAt(
                TimerBackend.Hrtimer,
                500,
                new ScriptedProgram().Compute(50).ProgramIn(350).Halt()
            )
        );
    }

    [Fact]
    public void Deadline_that_nobody_has_seen_yet_is_under_way()
    {
        PendingTimer[] timers =
        [
            .. Enumerable
                .Range(50, 60)
                .SelectMany(at =>
                    TimersAt(
                        TimerBackend.PvTimer,
                        at,
                        new ScriptedProgram().Compute(50).ProgramIn(900).Halt()
                    )
                ),
        ];
        Assert.All(
            timers.Where(timer => timer.Place != TimerPlace.Page),
            timer => Assert.Equal((TimerPlace.UnderWay, "vm/vcpu-0"), (timer.Place, timer.Holder))
        );
    }

    [Fact]
    public void Look_that_was_promised_for_a_time_after_the_deadline_is_a_risk()
    {
        PendingTimer timer = new("v", T(10), TimerPlace.Page, "k", T(12), TimerRisk.LooksTooLate);
        PendingTimer ledger = new("v", T(10), TimerPlace.UnderWay, "v", T(10), TimerRisk.None);
        PendingTimer other = new("w", T(9), TimerPlace.Pcpu, "p", T(9), TimerRisk.None);
        Assert.Equal(
            new[] { other, timer },
            PendingTimer.Earliest([ledger, timer, other], 5).AsEnumerable()
        );
        Assert.Equal(
            new[] { other },
            PendingTimer.Earliest([ledger, timer, other], 1).AsEnumerable()
        );
    }

    [Fact]
    public void Timer_of_a_pcpu_that_is_not_online_is_at_risk()
    {
        TestMachine machine = new()
        {
            Backend = TimerBackend.PvTimer,
            PvTimer = PvTimer.Model.Paravirt.PvTimerParameters.AsPosted,
            Events = [new PcpuOffline(T(300_000), 0, 3)],
            Duration = VirtualDuration.FromMicroseconds(350),
        };
        ScriptedProgram program = new ScriptedProgram().Compute(50).ProgramIn(900).Halt();
        (EmulatedMachine built, RunOutcome outcome) = Run(
            machine,
            new ProgrammedGuest(_ => program)
        );
        PendingTimer timer = Assert.Single(Look(built, outcome, Everything).Timers);
        Assert.Contains(timer.Risk, new[] { TimerRisk.HolderOffline, TimerRisk.None });
        PcpuLook pcpu = Look(built, outcome, Everything).Pcpus[3];
        Assert.Equal(("Offline", true), (pcpu.Doing, pcpu.IsTimerCpu));
    }

    [Fact]
    public void Asked_for_a_host_its_cpus_are_shown_and_its_vcpus_have_their_threads()
    {
        (EmulatedMachine machine, RunOutcome outcome) = Run(
            new TestMachine { Backend = TimerBackend.PvTimer },
            new NanosleepGuest(
                VirtualDuration.FromMicroseconds(90),
                VirtualDuration.FromMicroseconds(200)
            ),
            vcpus: 2
        );
        MachineLook look = Look(machine, outcome, Everything);
        Assert.Equal(
            "h0/pcpu-0 h0/pcpu-1 h0/pcpu-2 h0/pcpu-3",
            Joined(look.Pcpus.Select(p => p.Name))
        );
        Assert.Equal("vm/vcpu-0 vm/vcpu-1", Joined(look.Vcpus.Select(v => v.Name)));
        Assert.Equal("h0/pcpu-0 h0/pcpu-1", Joined(look.Vcpus.Select(v => v.Pcpu!)));
        Assert.All(look.Vcpus, vcpu => Assert.True(Enum.TryParse(vcpu.Thread, out VcpuRunState _)));
        Assert.Equal(look.Hosts[0].Fired, look.Vcpus.Sum(vcpu => vcpu.Fired));
        Assert.Equal(look.Hosts[0].Armed, look.Vcpus.Sum(vcpu => vcpu.Armed));
        Assert.Equal(
            look.Hosts[0].Exits.Sum(exit => exit.Count),
            look.Vcpus.Sum(vcpu => vcpu.Exits)
        );
        Assert.Equal(
            look.Hosts[0].Cpu,
            look.Pcpus.Aggregate(CpuTime.None, (sum, pcpu) => sum + pcpu.Cpu)
        );
        Assert.Empty(Look(machine, outcome, new LookRequest(["h9"], [], 0)).Pcpus);
    }

    [Fact]
    public void Asked_for_an_actor_its_fields_are_shown_and_a_part_is_shown_once()
    {
        (EmulatedMachine machine, RunOutcome outcome) = Run(
            new TestMachine { Backend = TimerBackend.PvTimer },
            new NanosleepGuest(
                VirtualDuration.FromMicroseconds(90),
                VirtualDuration.FromMicroseconds(200)
            )
        );
        string[] names = ["h0/pcpu-0", "vm/vcpu-0", "h0/timer-kthread", "h7/pcpu-0"];
        ImmutableArray<ActorLook> actors = Look(
            machine,
            outcome,
            new LookRequest([], [.. names], 0)
        ).Actors;
        Assert.Equal(
            "h0/pcpu-0 h0/timer-kthread vm/vcpu-0",
            Joined(actors.Select(a => a.Name).Order(StringComparer.Ordinal))
        );
        ActorLook vcpu = actors.Single(actor => actor.Name == "vm/vcpu-0");
        HostLook host = Look(machine, outcome, LookRequest.Sums).Hosts[0];
        Assert.Contains(new FieldLook("timers.armed", $"{host.Armed}"), vcpu.Fields);
        Assert.Contains(new FieldLook("pcpu", "h0/pcpu-0"), vcpu.Fields);
        Assert.Contains(vcpu.Fields, field => field.Path == "exits.tallies[Hlt].count");
        ActorLook pcpu = actors.Single(actor => actor.Name == "h0/pcpu-0");
        Assert.Contains(pcpu.Fields, field => field.Path == "threads[vm/vcpu-0].state");
        Assert.Equal(
            pcpu.Fields.Length,
            pcpu.Fields.Select(field => field.Path).Distinct(StringComparer.Ordinal).Count()
        );
        Assert.All(actors, actor => Assert.Equal(0, actor.Omitted));
    }

    [Fact]
    public void Two_parts_of_one_host_are_the_host()
    {
        (EmulatedMachine machine, RunOutcome outcome) = Run(
            new TestMachine { Backend = TimerBackend.PvTimer },
            new NanosleepGuest(
                VirtualDuration.FromMicroseconds(90),
                VirtualDuration.FromMicroseconds(200)
            ),
            vcpus: 2
        );
        MachineLook whole = Look(machine, outcome, Everything);
        MachineLook merged = MachineLook.Merge(
            outcome.Reached,
            [
                machine.Look(outcome.Reached, id => id.Index % 2 == 0, Everything),
                machine.Look(outcome.Reached, id => id.Index % 2 == 1, Everything),
            ],
            Everything.Timers
        );
        HostLook host = Assert.Single(merged.Hosts);
        Assert.Equal(
            whole.Hosts[0] with
            {
                Exits = [],
                Lateness = QuarterOctaves.None,
            },
            host with
            {
                Exits = [],
                Lateness = QuarterOctaves.None,
            }
        );
        Assert.Equal(whole.Hosts[0].Exits.AsEnumerable(), host.Exits);
        Assert.Equal(whole.Hosts[0].Lateness.Buckets.AsEnumerable(), host.Lateness.Buckets);
        Assert.Equal(
            whole.Vcpus.OrderBy(v => v.Name, StringComparer.Ordinal),
            merged.Vcpus.OrderBy(v => v.Name, StringComparer.Ordinal)
        );
        Assert.Equal(whole.Timers.AsEnumerable(), merged.Timers);
    }

    [Fact]
    public void Requests_together_want_what_either_wants_within_the_limits()
    {
        string[] many = [.. Enumerable.Range(0, 60).Select(index => $"h{index}")];
        LookRequest left = new([.. many], ["a"], 3);
        LookRequest both = left.And(
            new LookRequest(["h0", "x", "y", "z", "u", "v"], ["b", "a"], 9_000)
        );
        Assert.Equal(LookRequest.MaxNames, both.Hosts.Length);
        Assert.Equal(Joined(many), Joined(both.Hosts.Take(60)));
        Assert.Equal("a b", Joined(both.Actors));
        Assert.Equal(LookRequest.MaxTimers, both.Timers);
    }

    private static string Joined(IEnumerable<string> names) => string.Join(' ', names);

    private static VirtualTime T(long nanoseconds) => VirtualTime.FromNanoseconds(nanoseconds);

    private static ImmutableArray<PendingTimer> TimersAt(
        TimerBackend backend,
        long microseconds,
        ScriptedProgram program
    )
    {
        TestMachine machine = new()
        {
            Backend = backend,
            Duration = VirtualDuration.FromMicroseconds(microseconds),
        };
        (EmulatedMachine built, RunOutcome outcome) = Run(
            machine,
            new ProgrammedGuest(_ => program)
        );
        return Look(built, outcome, Everything).Timers;
    }

    private static MachineLook Look(
        EmulatedMachine machine,
        RunOutcome outcome,
        LookRequest request
    ) =>
        MachineLook.Merge(
            outcome.Reached,
            [machine.Look(outcome.Reached, _ => true, request)],
            request.Timers
        );

    private static (EmulatedMachine Machine, RunOutcome Outcome) Run(
        TestMachine machine,
        GuestDescription guest,
        int vcpus = 1
    )
    {
        EmulatedMachine built = EmulatedMachine.Build(machine.Describe(guest, vcpus));
        return (built, SequentialEngine.Run(built, new RunOptions()));
    }
}
