using System;
using PvTimer.ActorTime;
using PvTimer.Model.Messages;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.TestKit;
using PvTimer.TestKit.Faults;
using PvTimer.TestKit.Machines;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests;

/// <summary>Faults that a script injects: messages that are lost, late, doubled or overtaken, actors that die.</summary>
public sealed class FaultsSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Lost_doorbell_leaves_the_deadline_to_the_next_scan()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        InjectedFault lost = Faults.Drop<Ipi>(to: host.TimerCpu, times: 1);
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        host.TimerCpu.ExpectNo<Ipi>(until: 250.Microseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        Assert.Equal(1, lost.Hits);
        Finish().ShouldFire(1).ShouldLose(0);
    }

    [Fact]
    public void Late_doorbell_makes_a_late_timer()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        Faults.Delay<Ipi>(by: 70.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        Assert.True(Finish().ShouldFire(1).Lateness(10_000) > 20.Microseconds());
    }

    [Fact]
    public void Doubled_doorbell_gives_one_interrupt()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        Faults.Duplicate<Ipi>(after: 5.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        host.TimerCpu.ExpectIpi();
        host.TimerCpu.ExpectIpi();
        host.Vcpu(0).Guest.ExpectTimer();
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 5.Milliseconds());
        Finish().ShouldFire(1).ShouldKeepItsPromises();
    }

    [Fact]
    public void Overtaken_doorbell_reads_what_the_page_holds_then()
    {
        // The second deadline is in the page before the first one's doorbell arrives: one IPI would have done.
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        Faults.Reorder<Ipi>(within: 10.Microseconds(), times: 1);
        host.Vcpu(0).Guest.ProgramDeadline(@in: 40.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 60.Microseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 5.Milliseconds());
        Finish().ShouldFire(1).ShouldKeepItsPromises();
    }

    [Fact]
    public void Reordered_doorbells_arrive_in_another_order()
    {
        HostHandle host = Host(pcpus: 4);
        Clock.AdvanceTo(100.Microseconds());
        InjectedFault reordered = Faults.Reorder<Ipi>(within: 30.Microseconds());
        for (int vcpu = 0; vcpu < 3; vcpu++)
        {
            host.Vcpu(vcpu).Guest.ProgramDeadline(@in: 60.Microseconds());
            Clock.AdvanceBy(4.Microseconds());
        }
        host.TimerCpu.ExpectIpi(from: 2);
        host.TimerCpu.ExpectIpi(from: 1);
        host.TimerCpu.ExpectIpi(from: 0);
        Assert.Equal(3, reordered.Hits);
        Assert.True(reordered.Overtakings >= 2);
        Finish().ShouldLose(0);
    }

    [Fact]
    public void Reordering_that_nothing_overtakes_fails_the_script()
    {
        HostHandle host = Host(pcpus: 4);
        Clock.AdvanceTo(100.Microseconds());
        Faults.Reorder<Ipi>(within: 1.Nanoseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 60.Microseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        ScriptException missed = Assert.Throws<ScriptException>(() => Finish());
        Assert.Contains("nothing has overtaken", missed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fault_that_meets_no_message_fails_the_script()
    {
        HostHandle host = Host();
        Faults.Drop<Ipi>(to: host.TimerCpu);
        Faults.Delay<Wake>(by: 1.Microseconds(), optional: true);
        Clock.AdvanceTo(100.Microseconds());
        ScriptException missed = Assert.Throws<ScriptException>(() => Finish());
        Assert.Contains(
            "Drop of Ipi to h0/pcpu-1 has met none",
            missed.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("Wake", missed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fault_that_meets_none_fails_a_script_that_never_finishes()
    {
        Host();
        Faults.Drop<Ipi>();
        Clock.AdvanceTo(100.Microseconds());
        Assert.Throws<ScriptException>(Anew);
        ScriptException explored = Assert.Throws<ScriptException>(() =>
            Explore(() =>
            {
                Host();
                Faults.Drop<Ipi>();
                Clock.AdvanceTo(100.Microseconds());
            })
        );
        Assert.Contains("has met none", explored.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Test_that_ends_with_a_fault_that_met_none_fails()
    {
        UnfinishedSpec spec = new();
        spec.Script();
        Assert.Throws<ScriptException>(spec.Dispose);
    }

    [Fact]
    public void Store_to_the_page_is_not_reordered_by_hardware()
    {
        Host();
        NotSupportedException refused = Assert.Throws<NotSupportedException>(() =>
            Faults.Reorder<SharedPageUpdate>(within: 1.Microseconds())
        );
        Assert.Contains(
            "keeps SharedPageUpdate in order",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Fault_that_is_lifted_does_no_more()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        InjectedFault lost = Faults.Drop<Ipi>();
        lost.Lift();
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        host.TimerCpu.ExpectIpi();
        Assert.Equal(0, lost.Hits);
    }

    [Fact]
    public void Dead_actor_breaks_the_run_and_is_named()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        Faults.Kill(host.Kthread);
        ScriptException broken = Assert.Throws<ScriptException>(() =>
            Clock.AdvanceTo(1.Milliseconds())
        );
        Assert.Contains("h0/timer-kthread", broken.Message, StringComparison.Ordinal);
        Assert.Contains("its actor has stopped", broken.Message, StringComparison.Ordinal);
        Assert.Contains("restarts no actor", broken.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Finish());
    }

    [Fact]
    public void Dead_actor_that_gets_no_message_fails_the_script()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        Faults.Kill(host.Kthread);
        Clock.AdvanceTo(101.Microseconds());
        ScriptException unseen = Assert.Throws<ScriptException>(() => Finish());
        Assert.Contains("h0/timer-kthread was killed", unseen.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weak_exchange_of_the_guest_is_a_fault_of_the_machine()
    {
        HostHandle host = Host();
        Faults.Weaken(WeakExchange.Guest);
        host.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        Assert.Equal(WeakExchange.Guest, ToScenario().PvTimer.WeakExchange);
    }

    private sealed class UnfinishedSpec : PvTimerTestKit
    {
        public void Script()
        {
            Host();
            Faults.Drop<Ipi>();
            Clock.AdvanceTo(100.Microseconds());
        }
    }
}
