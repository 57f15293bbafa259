using System;
using PvTimer.Model.Messages;
using PvTimer.Model.Paravirt;
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
}
