using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using CsCheck;
using PvTimer.ActorTime;
using PvTimer.Model.Apic;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Synthetic;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Properties;
using PvTimer.TestKit.Results;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Properties;

/// <summary>What generated machines can be, in scripts, in C# and when they shrink.</summary>
public sealed class GeneratedMachinesSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Generated_scripts_have_whatever_a_machine_can_be()
    {
        PCG chance = new(0, 3);
        Scenario[] scripts =
        [
            .. Enumerable
                .Range(0, 200)
                .Select(_ => Scripts.Of().Generate(chance, null, out Size? _)),
        ];
        VmSettings[] vms = [.. scripts.SelectMany(script => script.Vms)];
        EventSettings[] events = [.. scripts.SelectMany(script => script.Events)];
        Assert.Contains(vms, vm => vm.Guest is LapicTimerGuest { IsPeriodic: true });
        Assert.Contains(vms, vm => vm.Guest is LapicTimerGuest { IsPeriodic: false });
        Assert.Contains(vms, vm => vm.Bandwidth is not null);
        Assert.Contains(vms, vm => vm.ClockEvent == ClockEvent.HypervStimer);
        Assert.Contains(vms, vm => vm.ClockEvent == ClockEvent.HypervStimerDirect);
        Assert.Contains(vms, vm => vm.TscSkew < 0);
        Assert.Contains(vms, vm => vm.TscSkew > 0);
        Assert.Contains(vms, vm => vm.Tsc is not null);
        Assert.Contains(vms, vm => !vm.TscScaling);
        Assert.Contains(vms, vm => !vm.HasApicv);
        Assert.Contains(vms, vm => !vm.HltExits);
        Assert.Contains(vms, vm => vm.HasMwait);
        Assert.Contains(vms, vm => vm.GuestHaltPolling is not null);
        Assert.Contains(scripts, script => script.Host.TunesTimerAdvance);
        Assert.Contains(
            scripts,
            script => script.Host.TunesTimerAdvance && !script.HostOf(1).TunesTimerAdvance
        );
        Assert.Contains(vms, vm => vm.ApicBusCycle != Lapic.UsualBusCycle);
        Assert.Contains(scripts, script => script.HostOf(1).Tsc != script.Host.Tsc);
        Assert.Contains(scripts, script => script.HostOf(1).HaltPoll != script.Host.HaltPoll);
        Assert.Contains(scripts, script => script.HostOf(1).Costs != script.Host.Costs);
        Assert.Contains(
            scripts,
            script => script.HostOf(1).TimerAdvance != script.Host.TimerAdvance
        );
        Assert.Contains(events, happening => happening is PauseSettings);
        Assert.Contains(events, happening => happening is StallSettings { Pcpu: 0 });
    }

    [Fact]
    public void Bounds_keep_quotas_and_differences_away()
    {
        PCG chance = new(0, 3);
        ScriptBounds bounds = new() { Quotas = false, Differences = false };
        for (int script = 0; script < 50; script++)
        {
            Scenario scenario = Scripts.Of(bounds).Generate(chance, null, out _);
            Assert.Empty(scenario.OtherHosts);
            Assert.All(
                scenario.Vms,
                vm =>
                    Assert.Equal(
                        (null, true, 0, Lapic.UsualBusCycle, null),
                        (vm.Tsc, vm.TscScaling, vm.TscSkew, vm.ApicBusCycle, vm.Bandwidth)
                    )
            );
        }
    }

    [Fact]
    public async Task Script_with_whatever_a_machine_can_be_ends_in_csharp_with_the_hash_of_its_scenario()
    {
        ImmutableArray<HostHandle> hosts = Hosts(
            3,
            new HostOptions
            {
                Backend = TimerBackends.Of("preemption-timer"),
                TunesTimerAdvance = true,
            }
        );
        hosts[1]
            .Differ(
                tsc: TscFrequency.FromMegahertz(3_000),
                costs: SimpleCosts.Ideal,
                haltPoll: 70.Microseconds(),
                timerAdvance: 1.Microseconds()
            );
        hosts[2].Differ(tunesTimerAdvance: false, haltPoll: 70.Microseconds());
        VmHandle follows = hosts[0]
            .AddVm(
                "follows",
                vcpus: 2,
                guest: new LapicTimerGuest(300.Microseconds(), IsPeriodic: true, default),
                options: new VmOptions
                {
                    TscScaling = false,
                    TscSkew = -700,
                    ApicBusCycle = 3.Nanoseconds(),
                    HltExits = false,
                }
            );
        VmHandle slow = hosts[1]
            .AddVm(
                "slow",
                guest: new NanosleepGuest(90.Microseconds(), 400.Microseconds()),
                options: new VmOptions
                {
                    Backend = TimerBackends.PvTimer,
                    Tsc = TscFrequency.FromKilohertz(1_799_999),
                    Bandwidth = new CpuBandwidth(1.Milliseconds(), 3.Milliseconds()),
                    Weight = 250,
                    HasMwait = true,
                }
            );
        VmHandle halts = hosts[0]
            .AddVm(
                "halts",
                guest: new CommandedGuest { Idle = GuestIdle.Halt },
                options: new VmOptions
                {
                    HasApicv = false,
                    GuestHaltPolling = GuestHaltPolling.Default with { Grow = 3 },
                }
            );
        hosts[2].AddVm("tuned", guest: new NanosleepGuest(90.Microseconds(), 40.Microseconds()));
        Clock.AdvanceTo(2.Milliseconds());
        halts.Vcpu(0).RaiseInterrupt(0x51);
        follows.MigrateTo(hosts[1]);
        slow.Pause(800.Microseconds());
        Clock.AdvanceTo(12.Milliseconds());
        hosts[1].Pcpu(0).Stall(40.Microseconds());
        Clock.AdvanceTo(20.Milliseconds());
        Scenario script = ToScenario();
        ScriptResult result = Finish().ShouldKeepItsPromises();

        Assert.Equal(3_000_000, script.HostOf(1).Tsc.Kilohertz);
        Assert.Equal(
            (true, false, false),
            (
                script.Host.TunesTimerAdvance,
                script.HostOf(1).TunesTimerAdvance,
                script.HostOf(2).TunesTimerAdvance
            )
        );
        Run(script).ShouldHaveHash(result.TraceHash);
        Assert.Equal(1, await Compiled.Run(ScriptText.Write(script, result.TraceHash)));
    }

    [Fact]
    public void What_a_failing_script_does_not_need_is_as_usual_in_the_smallest_one()
    {
        ScriptException broken = Assert.Throws<ScriptException>(() =>
            ForAll(
                Scripts.Of(),
                (script, _) => Assert.DoesNotContain(script.Vms, vm => vm.TscSkew < 0)
            )
        );

        Assert.Matches(
            "AddVm\\(\"vm[01]\", vcpus: 1, options: new VmOptions { TscSkew = -[0-9]+ }\\);",
            broken.Message
        );
        Assert.Contains(
            "hosts = Hosts(1, new HostOptions());",
            broken.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("in 1000 tries", broken.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Differ(", broken.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Pause(", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pause_that_a_failing_script_needs_is_shorter_and_rounder()
    {
        ScriptException broken = Assert.Throws<ScriptException>(() =>
            ForAll(
                Scripts.Of(),
                (script, _) =>
                    Assert.DoesNotContain(
                        script.Events,
                        happening =>
                            happening is PauseSettings pause && pause.Length > 200.Microseconds()
                    )
            )
        );

        Assert.Matches(
            "vm[01].Pause\\((1\\.Milliseconds|[2-9][0-9]0\\.Microseconds)",
            broken.Message
        );
    }
}
