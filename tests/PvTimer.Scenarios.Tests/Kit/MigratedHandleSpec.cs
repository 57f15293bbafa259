using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.ActorTime;
using PvTimer.Model.Backends;
using PvTimer.Model.Messages;
using PvTimer.TestKit;
using PvTimer.TestKit.Faults;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Observing;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Kit;

/// <summary>A handle of a vCPU means the vCPU, wherever its VM is; what cannot be done to it leaves the machine as it was.</summary>
public sealed class MigratedHandleSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void What_a_vcpu_sends_is_from_it_wherever_it_is()
    {
        (ImmutableArray<HostHandle> hosts, VmHandle vm) = Migrated();
        Tap updates = hosts[1].Kthread.Only<SharedPageUpdate>().From(vm.Vcpu(0));
        vm.Vcpu(0).Guest.ProgramDeadline(@in: 5.Milliseconds());
        updates.ExpectMsg<SharedPageUpdate>();
        vm.Vcpu(0).Guest.ExpectTimer();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fault_on_its_way_to_a_vcpu_meets_it_wherever_it_is(bool beforeMigration)
    {
        ImmutableArray<HostHandle> hosts = Hosts(2, new HostOptions { Pcpus = 4, TimerCpu = 3 });
        VmHandle vm = hosts[0].AddVm("web");
        InjectedFault? fault = beforeMigration
            ? Faults.Drop<PostedInterrupt>(to: vm.Vcpu(0))
            : null;
        Migrate(vm, hosts[1]);
        fault ??= Faults.Drop<PostedInterrupt>(to: vm.Vcpu(0));
        vm.Vcpu(0).Guest.ProgramDeadline(@in: 5.Milliseconds());
        Clock.AdvanceBy(10.Milliseconds());
        Assert.Equal(1, fault.Hits);
    }

    [Fact]
    public void Vcpu_that_was_migrated_is_killed_where_it_is()
    {
        (_, VmHandle vm) = Migrated();
        Faults.Kill(vm.Vcpu(0));
        vm.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        Assert.Contains(
            "killed",
            Assert.Throws<ScriptException>(() => Clock.AdvanceBy(5.Milliseconds())).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Killed_actor_stays_dead_when_another_vm_migrates()
    {
        ImmutableArray<HostHandle> hosts = Hosts(2, new HostOptions { Pcpus = 4, TimerCpu = 3 });
        VmHandle dead = hosts[0].AddVm("a");
        VmHandle other = hosts[0].AddVm("b");
        Clock.AdvanceTo(1.Milliseconds());
        Faults.Kill(dead.Vcpu(0));
        other.MigrateTo(hosts[1]);
        dead.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        Assert.Throws<ScriptException>(() => dead.Vcpu(0).Guest.ExpectTimer());
        Assert.Contains(
            "killed",
            Assert.Throws<InvalidOperationException>(ToScenario).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Tap_of_a_vcpu_looks_past_what_reaches_probes_and_own_actors()
    {
        HostHandle host = Host();
        Probe kthread = ProbeAs(host.Kthread);
        Clock.AdvanceTo(1.Milliseconds());
        ActorInTime own = ActorInTime(dsl => dsl.ReceiveAny((_, _) => { }));
        own.Tell("hello");
        Clock.AdvanceTo(2.Milliseconds());
        Assert.Equal(0, host.Vcpu(0).Count<string>());
        kthread.ExpectNo<Ipi>(until: 3.Milliseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        Assert.Contains(
            "expected InterruptTaken",
            Assert.Throws<ScriptException>(() => host.Vcpu(0).Guest.ExpectTimer()).Message,
            StringComparison.Ordinal
        );
    }

    public static TheoryData<string, string> PairsOfBackends
    {
        get
        {
            TheoryData<string, string> pairs = [];
            string[] transparent =
            [
                .. TimerBackends.All.Where(each => each.IsTransparent).Select(each => each.Name),
            ];
            foreach (string from in transparent)
            {
                foreach (string to in transparent.Where(to => to != from))
                {
                    pairs.Add(from, to);
                }
            }
            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(PairsOfBackends))]
    public void Vm_migrates_to_a_host_with_another_backend(string from, string to)
    {
        ImmutableArray<HostHandle> hosts = Hosts(
            2,
            new HostOptions { Backend = TimerBackends.Of(from) }
        );
        try
        {
            hosts[1].Differ(backend: TimerBackends.Of(to));
        }
        catch (ArgumentException)
        {
            // Another vendor's processor: no scenario can say it.
            return;
        }
        VmHandle vm = hosts[0].AddVm("web");
        vm.Vcpu(0).Guest.ProgramDeadline(@in: 20.Milliseconds());
        Clock.AdvanceTo(1.Milliseconds());
        vm.MigrateTo(hosts[1]);
        vm.Vcpu(0).Guest.ExpectTimer();
    }

    [Fact]
    public void What_cannot_be_done_to_a_vm_is_refused_and_leaves_the_machine_as_it_was()
    {
        ImmutableArray<HostHandle> hosts = Hosts(2, new HostOptions { Pcpus = 4, TimerCpu = 3 });
        VmHandle vm = hosts[0].AddVm("web");
        Clock.AdvanceTo(1.Milliseconds());
        (Action Act, string Why)[] refused =
        [
            (() => vm.MigrateTo(hosts[0]), "web-0 is on h0 already; accepted: h1"),
            (() => vm.Vcpu(0).MoveTo(hosts[1].Pcpu(2)), "accepted: a pCPU of h0"),
            (() => vm.Vcpu(0).MoveTo(hosts[0].TimerCpu), "timer cpu"),
        ];
        foreach ((Action act, string why) in refused)
        {
            Assert.Contains(
                why,
                Assert.Throws<ArgumentException>(act).Message,
                StringComparison.Ordinal
            );
        }
        vm.MigrateTo(hosts[1]);
        Assert.Throws<ArgumentException>(() => vm.MigrateTo(hosts[1]));
        Clock.AdvanceBy(8_000.Milliseconds());
        vm.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        vm.Vcpu(0).Guest.ExpectTimer();
        Assert.Single(ToScenario().Events, happening => happening is MigrateSettings);
    }

    [Fact]
    public void Move_after_a_migration_is_written_as_one_on_the_other_host()
    {
        (ImmutableArray<HostHandle> hosts, VmHandle vm) = Migrated();
        vm.Vcpu(0).MoveTo(hosts[1].Pcpu(1));
        Clock.AdvanceBy(1.Milliseconds());
        string text = TestKit.Properties.ScriptText.Write(ToScenario());
        Assert.Contains("MoveTo(hosts[1].Pcpu(1))", text, StringComparison.Ordinal);
    }

    private (ImmutableArray<HostHandle> Hosts, VmHandle Vm) Migrated()
    {
        ImmutableArray<HostHandle> hosts = Hosts(2, new HostOptions { Pcpus = 4, TimerCpu = 3 });
        VmHandle vm = hosts[0].AddVm("web");
        Migrate(vm, hosts[1]);
        return (hosts, vm);
    }

    private void Migrate(VmHandle vm, HostHandle to)
    {
        Clock.AdvanceTo(1.Milliseconds());
        vm.MigrateTo(to);
        Clock.AdvanceBy(8_000.Milliseconds());
    }
}
