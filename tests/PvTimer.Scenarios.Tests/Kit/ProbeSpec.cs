using System;
using PvTimer.ActorTime;
using PvTimer.Model.Messages;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Observing;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Kit;

/// <summary>Probes, taps, the clock, and what a failed expectation says.</summary>
public sealed class ProbeSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Probe_in_the_place_of_a_vcpu_gets_its_messages_at_their_instants()
    {
        HostHandle host = Host();
        Probe vcpu = ProbeAs(host.Vcpu(0));
        vcpu.ExpectMsg<VmEntry>();
        vcpu.ExpectNoMsg(until: 1.Seconds());
    }

    [Fact]
    public void Probe_speaks_in_the_name_of_the_actor_in_whose_place_it_stands()
    {
        HostHandle host = Host();
        Probe kthread = ProbeAs(host.Kthread);
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 5.Microseconds());
        SyncVcpu asked = kthread.ExpectMsg<SyncVcpu>();
        kthread.Send(
            host.TimerCpu,
            new SyncResult(
                asked.Vcpu,
                SyncOutcome.Nothing,
                default,
                default,
                InInterrupt: true,
                ArmedOn: null
            ),
            latency: 50.Nanoseconds()
        );
        host.TimerCpu.ExpectMsg<SyncResult>(where: result => result.Outcome == SyncOutcome.Nothing);
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 10.Milliseconds());
    }

    [Fact]
    public void Akkas_own_probe_has_the_message_and_its_sender()
    {
        HostHandle host = Host();
        Probe timerCpu = ProbeAs(host.TimerCpu);
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        timerCpu.ExpectMsg<Ipi>();
        timerCpu.TestProbe.ExpectMsg<Ipi>();
        Assert.Equal("pcpu-0", timerCpu.TestProbe.LastSender.Path.Name);
    }

    [Fact]
    public void Tap_sees_only_what_its_filters_let_pass()
    {
        HostHandle host = Host(pcpus: 3);
        Tap doorbells = host.TimerCpu.Only<Ipi>().From(host.Pcpu(1));
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        host.Vcpu(1).Guest.ProgramDeadline(@in: 80.Microseconds());
        doorbells.ExpectMsg<Ipi>();
        Assert.Equal("h0/pcpu-1", "h0/pcpu-" + host.Pcpu(1).Index);
        doorbells.ExpectNoMsg(until: 5.Milliseconds());
        Assert.Equal(0, host.TimerCpu.Between(1.Milliseconds(), 2.Milliseconds()).Count<Ipi>());
    }

    [Fact]
    public void Failed_expectation_shows_the_events_around_the_moment()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        ScriptException failed = Assert.Throws<ScriptException>(() =>
            host.Vcpu(0).ExpectMsg<PostedInterrupt>(at: 151.Microseconds())
        );
        Assert.Contains(
            "expected PostedInterrupt at vm-0/vcpu-0 at 151.000 us; it came at",
            failed.Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "HrtimerExpiry { ProgrammedFor 150.000 us }",
            failed.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void One_event_at_a_time()
    {
        Host();
        Clock.AdvanceTo(240.Microseconds());
        var due = Clock.NextEvent;
        Assert.True(Clock.StepOneEvent());
        Assert.Equal(due.Nanoseconds + 1, Clock.Now.Nanoseconds);
    }

    [Fact]
    public void Clock_runs_until_a_condition_holds()
    {
        HostHandle host = Host();
        Clock.RunUntil(() => host.Kthread.Count<ScanTick>() == 4);
        Assert.Equal(1_004, Clock.Now.Nanoseconds / 1_000);
        Assert.Throws<ScriptException>(() => Clock.RunUntil(() => false, within: 1.Milliseconds()));
    }

    [Fact]
    public void Clock_does_not_go_back()
    {
        Host();
        Clock.AdvanceTo(1.Milliseconds());
        Assert.Throws<ArgumentOutOfRangeException>(() => Clock.AdvanceTo(1.Microseconds()));
    }

    [Fact]
    public void Machine_that_runs_takes_no_more_probes()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(1.Microseconds());
        Assert.Throws<InvalidOperationException>(() => ProbeAs(host.Kthread));
    }

    [Fact]
    public void Scenario_file_becomes_a_script()
    {
        HostHandle host = Scenario("config/scenarios/quickstart.conf")[0];
        Clock.AdvanceTo(10.Milliseconds());
        Assert.NotEmpty(host.Vms);
        Finish().ShouldKeepItsPromises();
    }
}
