using System;
using System.Collections.Generic;
using PvTimer.ActorTime;
using PvTimer.Model.Messages;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Properties;
using PvTimer.TestKit.Results;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Kit;

/// <summary>What a script says once and the machine keeps: always, eventually, sometimes.</summary>
public sealed class AlwaysSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Always_fails_at_the_first_event_after_which_it_does_not_hold()
    {
        HostHandle host = Host();
        Always(() => host.TimerCpu.Count<Ipi>() == 0);
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        ScriptException failed = Assert.Throws<ScriptException>(() =>
            Clock.AdvanceTo(1.Milliseconds())
        );
        Assert.StartsWith(
            "always \"() => host.TimerCpu.Count<Ipi>() == 0\"",
            failed.Message,
            StringComparison.Ordinal
        );
        Assert.InRange(Clock.Now.Nanoseconds, 100_000, 110_000);
    }

    [Fact]
    public void Eventually_is_kept_in_time_or_fails()
    {
        HostHandle host = Host();
        Eventually(300.Microseconds(), () => host.Kthread.Count<ScanTick>() == 1);
        Clock.AdvanceTo(1.Milliseconds());
        Eventually(100.Microseconds(), () => host.TimerCpu.Count<Ipi>() == 1);
        ScriptException late = Assert.Throws<ScriptException>(() =>
            Clock.AdvanceTo(2.Milliseconds())
        );
        Assert.Contains("has not held until then", late.Message, StringComparison.Ordinal);
        Assert.InRange(Clock.Now.Nanoseconds, 1_100_000, 1_300_000);

        Anew();
        Host();
        Eventually(100.Microseconds(), () => false, "never");
        Clock.AdvanceTo(50.Microseconds());
        ScriptException owed = Assert.Throws<ScriptException>(() => Finish());
        Assert.Contains("\"never\"", owed.Message, StringComparison.Ordinal);
        Assert.Contains("until the end", owed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sometimes_is_reached_or_the_script_fails_at_its_end()
    {
        HostHandle host = Host();
        Sometimes("a scan", () => host.Kthread.Count<ScanTick>() > 0);
        Sometimes("a doorbell", () => host.TimerCpu.Count<Ipi>() > 0);
        Clock.AdvanceTo(1.Milliseconds());
        ScriptException never = Assert.Throws<ScriptException>(() => Finish());
        Assert.Equal("sometimes \"a doorbell\" never was", never.Message);
    }

    /// <summary>The deadline rings or does not, depending on how near the scan is when it is programmed.</summary>
    [Fact]
    public void Explored_it_is_reached_in_some_schedule()
    {
        void Script(int from)
        {
            HostHandle host = Host();
            Always(() => host.TimerCpu.Count<Ipi>() <= 1);
            Sometimes("a doorbell", () => host.TimerCpu.Count<Ipi>() == 1);
            Clock.AdvanceInto(from.Microseconds(), 300.Microseconds(), every: 20.Microseconds());
            host.Vcpu(0).Guest.ProgramDeadline(@in: 240.Microseconds());
            Clock.AdvanceTo(2.Milliseconds());
        }

        Explore(() => Script(20), window: default(Model.Time.VirtualDuration));
        ScriptException never = Assert.Throws<ScriptException>(() =>
            Explore(
                () =>
                {
                    Script(20);
                    Sometimes("two doorbells", () => false);
                },
                window: default(Model.Time.VirtualDuration)
            )
        );
        Assert.Contains("schedules: two doorbells", never.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Explored_optional_fault_meets_a_message_in_some_schedule()
    {
        void Script(int until)
        {
            HostHandle host = Host();
            Clock.AdvanceInto(20.Microseconds(), until.Microseconds(), every: 20.Microseconds());
            Faults.Drop<Ipi>(to: host.TimerCpu, times: 1, optional: true);
            host.Vcpu(0).Guest.ProgramDeadline(@in: 40.Microseconds());
            Clock.AdvanceTo(2.Milliseconds());
        }

        Assert.Equal(
            Explore(() => Script(200), window: default(Model.Time.VirtualDuration)).Schedules,
            FindFailure(() => Script(200), window: default(Model.Time.VirtualDuration)).Schedules
        );
        ScriptException never = Assert.Throws<ScriptException>(() =>
            Explore(
                () =>
                {
                    Script(200);
                    Faults.Drop<SharedPageUpdate>(to: Vm("vm-0").Vcpu(0), optional: true);
                },
                window: default(Model.Time.VirtualDuration)
            )
        );
        Assert.Contains("never, in", never.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Swarm_reaches_what_it_is_for()
    {
        Dictionary<string, Func<ScriptResult, bool>> sometimes = new(StringComparer.Ordinal)
        {
            ["a doorbell"] = result => result.Report.Ipis > 0,
        };
        ForAll(Scripts.Of(), (_, _) => { }, runs: 20, sometimes: sometimes);
        sometimes["an early interrupt"] = result => result.Report.Timers.Early > 0;
        ScriptException never = Assert.Throws<ScriptException>(() =>
            ForAll(Scripts.Of(), (_, _) => { }, runs: 20, sometimes: sometimes)
        );
        Assert.Contains(
            "20 scripts of seed 1: an early interrupt;",
            never.Message,
            StringComparison.Ordinal
        );
    }
}
