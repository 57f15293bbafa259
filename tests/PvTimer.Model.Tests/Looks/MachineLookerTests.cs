using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Looks;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Tests.Timelines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Looks;

/// <summary>Looks at each machine of the repertoire on its way: whole, the same as its report, and harmless.</summary>
public class MachineLookerTests
{
    /// <summary>A prime number, so that they fall between what is due by design.</summary>
    private const int Instants = 23;

    [Theory]
    [MemberData(nameof(TimelineTests.Machines), MemberType = typeof(TimelineTests))]
    public void Machine_that_is_looked_at_runs_as_the_undisturbed_one(string name)
    {
        RunOutcome expected = SequentialEngine.Run(
            EmulatedMachine.Build(Repertoire.Describe(name)),
            new RunOptions()
        );
        LookedAtMachine machine = new(Repertoire.Describe(name));
        foreach (VirtualTime at in InstantsOf(machine))
        {
            machine.RunTo(at).Look([.. machine.Names]);
        }
        Assert.Equal(expected.TraceHash, machine.TraceHash);
    }

    [Theory]
    [MemberData(nameof(TimelineTests.Machines), MemberType = typeof(TimelineTests))]
    public void Sums_at_the_end_are_those_of_the_report(string name)
    {
        LookedAtMachine machine = new(Repertoire.Describe(name));
        machine.RunTo(machine.End);
        long ended = machine.Look().Hosts.SelectMany(host => host.Exits).Sum(exit => exit.Count);
        // A report cuts off the exits that have not ended.
        MachineReport report = machine.Report;
        HostLook all = HostLook.Sum(machine.Look().Hosts);
        Assert.Equal(
            report.Exits.Select(exit => (exit.Reason, exit.Count, exit.Total)),
            all.Exits.Select(exit => (exit.Reason, exit.Count, exit.Time))
        );
        Assert.InRange(report.Exits.Sum(exit => exit.Count) - ended, 0, all.Vcpus);
        Assert.Equal(
            (report.Timers.Armed, report.Timers.Fired, report.Scans, report.Ipis),
            (all.Armed, all.Fired, all.Scans, all.Ipis)
        );
        Assert.Equal(
            (report.PostedInterrupts, report.TimerMigrations, report.Cpu, report.TimerCpu),
            (all.PostedInterrupts, all.TimerMigrations, all.Cpu, all.TimerCpu)
        );
        Assert.Equal(
            QuartersOf(report.Lateness).Buckets.AsEnumerable(),
            all.Lateness.Buckets.AsEnumerable()
        );
    }

    private static QuarterOctaves QuartersOf(ExactDistribution lateness)
    {
        BoundedDistribution counted = new(int.MaxValue);
        foreach ((VirtualDuration span, long count) in lateness.Ascending())
        {
            for (long time = 0; time < count; time++)
            {
                counted.Add(span);
            }
        }
        return QuarterOctaves.Sum([counted.Quarters]);
    }

    [Theory]
    [MemberData(nameof(TimelineTests.Machines), MemberType = typeof(TimelineTests))]
    public void Every_deadline_that_a_guest_waits_for_has_one_line_and_others_are_unwanted(
        string name
    )
    {
        LookedAtMachine machine = new(Repertoire.Describe(name));
        foreach (VirtualTime at in InstantsOf(machine))
        {
            MachineLook look = machine.RunTo(at).Look();
            Assert.Equal(
                look.Vcpus.Where(vcpu => vcpu.Deadline is not null)
                    .Select(vcpu => (vcpu.Deadline!.Value, vcpu.Name))
                    .Order(),
                look.Timers.Where(timer => timer.Risk != TimerRisk.Unwanted)
                    .Select(timer => (timer.Due, timer.Vcpu))
                    .Order()
            );
            Assert.Equal(
                look.Timers.Length,
                look.Timers.DistinctBy(timer => (timer.Vcpu, timer.Due)).Count()
            );
            // All hosts are asked for: theirs are all there are.
            Assert.Equal(look.Timers.AsEnumerable(), look.HostTimers);
        }
    }

    [Theory]
    [MemberData(nameof(TimelineTests.Machines), MemberType = typeof(TimelineTests))]
    public void Every_nanosecond_and_every_thread_is_in_the_sums_of_its_host(string name)
    {
        LookedAtMachine machine = new(Repertoire.Describe(name));
        foreach (VirtualTime at in InstantsOf(machine))
        {
            MachineLook look = machine.RunTo(at).Look();
            foreach (HostLook host in look.Hosts)
            {
                VcpuLook[] vcpus = [.. look.Vcpus.Where(vcpu => vcpu.Host == host.Name)];
                Assert.Equal(at.Nanoseconds * host.Pcpus, host.Cpu.Total.Nanoseconds);
                Assert.Equal(
                    host.Cpu,
                    look.Pcpus.Where(pcpu => pcpu.Host == host.Name)
                        .Aggregate(CpuTime.None, (sum, pcpu) => sum + pcpu.Cpu)
                );
                Assert.Equal(host.Vcpus, vcpus.Length);
                Assert.Equal(host.Threads, CountsOf(vcpus));
                Assert.Equal(host.Pending, vcpus.Count(vcpu => vcpu.Deadline is not null));
                Assert.Equal(host.Overdue, vcpus.Count(vcpu => vcpu.Deadline < at));
                Assert.Equal(host.Fired, host.Lateness.Count);
            }
        }
    }

    [Theory]
    [MemberData(nameof(TimelineTests.Machines), MemberType = typeof(TimelineTests))]
    public void Look_put_together_from_parts_is_that_at_the_whole(string name)
    {
        LookedAtMachine machine = new(Repertoire.Describe(name));
        LookRequest request = machine.Everything([.. machine.Names]) with { Timers = 2 };
        foreach (VirtualTime at in InstantsOf(machine))
        {
            machine.RunTo(at);
            Assert.Equal(TextOf(machine.Look(request, 1)), TextOf(machine.Look(request, 3)));
        }
    }

    [Fact]
    public void Host_that_was_asked_for_shows_its_cpus_and_the_threads_of_its_vcpus()
    {
        LookedAtMachine machine = LookedAtMachine
            .Of(
                new TestMachine { Backend = TimerBackends.PvTimer },
                new ScriptedProgram().Compute(2_000),
                new ScriptedProgram().Halt()
            )
            .RunTo(500);
        MachineLook look = machine.Look();
        Assert.Equal(
            "h0/pcpu-0 Guest vm/vcpu-0, h0/pcpu-1 Idle , h0/pcpu-2 Idle , h0/pcpu-3 Idle ",
            string.Join(", ", look.Pcpus.Select(pcpu => $"{pcpu.Name} {pcpu.Doing} {pcpu.Current}"))
        );
        Assert.Equal("h0/pcpu-3", Assert.Single(look.Pcpus, pcpu => pcpu.IsTimerCpu).Name);
        Assert.Equal(
            "vm/vcpu-0 h0/pcpu-0 InGuest False, vm/vcpu-1 h0/pcpu-1 Blocked True",
            string.Join(
                ", ",
                look.Vcpus.Select(vcpu => $"{vcpu.Name} {vcpu.Pcpu} {vcpu.Thread} {vcpu.Halted}")
            )
        );
        Assert.Empty(machine.Look(new LookRequest(["h9"], [], 0), parts: 1).Pcpus);
    }

    /// <summary>In the order of the names: that of the parts says how the machine was cut.</summary>
    private static string TextOf(MachineLook look) =>
        string.Join(
            '\n',
            [
                .. look
                    .Hosts.OrderBy(host => host.Name, StringComparer.Ordinal)
                    .Select(host =>
                        $"{host with { Exits = [], Lateness = QuarterOctaves.None }} "
                        + $"{string.Join(' ', host.Exits)} {string.Join(' ', host.Lateness.Buckets)}"
                    ),
                .. look.Pcpus.Select(pcpu => $"{pcpu}").Order(StringComparer.Ordinal),
                .. look.Vcpus.Select(vcpu => $"{vcpu}").Order(StringComparer.Ordinal),
                .. look.Timers.Select(timer => $"{timer}"),
                .. look
                    .Actors.OrderBy(actor => actor.Name, StringComparer.Ordinal)
                    .Select(actor => $"{actor.Name} {string.Join(' ', actor.Fields)}"),
            ]
        );

    private static ThreadCounts CountsOf(VcpuLook[] vcpus) =>
        new(
            vcpus.Count(vcpu => vcpu.Thread == "InGuest"),
            vcpus.Count(vcpu => vcpu.Thread == "Exiting"),
            vcpus.Count(vcpu => vcpu.Thread == "Polling"),
            vcpus.Count(vcpu => vcpu.Thread == "Blocked"),
            vcpus.Count(vcpu => vcpu.Thread == "Runnable")
        );

    private static IEnumerable<VirtualTime> InstantsOf(LookedAtMachine machine) =>
        Enumerable
            .Range(1, Instants)
            .Select(instant =>
                VirtualTime.FromNanoseconds(machine.End.Nanoseconds * instant / Instants)
            );
}
