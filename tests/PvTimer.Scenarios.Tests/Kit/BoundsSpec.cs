using System;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.ActorTime;
using PvTimer.Model.Costs;
using PvTimer.Model.Messages;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.TestKit;
using PvTimer.TestKit.Faults;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Observing;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Kit;

#pragma warning disable PVT0003 // reason: a second thread on one clock is tried

/// <summary>What a script cannot mean is refused, and what it waits for has bounds.</summary>
public sealed class BoundsSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Theory]
    [InlineData(0)]
    [InlineData(-250_000)]
    [InlineData(999)]
    public void Scan_period_that_is_none_is_refused(int nanoseconds)
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() =>
            Host(scanPeriod: nanoseconds.Nanoseconds())
        );
        Assert.Contains("scan-period", refused.Message, StringComparison.Ordinal);
        Assert.Contains("accepted:", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_pcpu_that_is_the_timer_cpu_is_refused()
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Host(pcpus: 1));
        Assert.Contains("none is left for vCPUs", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x12u, 0UL, "no register 0x12")]
    [InlineData(0x830u, 0UL, "no register 0x830")]
    [InlineData(0x838u, 0x1_0000_0000UL, "reserved bits of 0x838")]
    public void Register_that_userspace_cannot_set_is_refused(uint msr, ulong value, string why)
    {
        HostHandle host = Host();
        ArgumentException refused = Assert.Throws<ArgumentException>(() =>
            host.Vcpu(0).SetMsr(msr, value)
        );
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => host.Vcpu(0).RaiseInterrupt(15));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    public void Timer_cpu_that_is_not_there_is_refused(int timerCpu)
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() =>
            Host(pcpus: 2, timerCpu: timerCpu)
        );
        Assert.Contains(
            FormattableString.Invariant($"there is no cpu {timerCpu}"),
            refused.Message,
            StringComparison.Ordinal
        );
    }

    public static TheoryData<string, HostOptions> Impossible =>
        new()
        {
            {
                "cpus",
                new HostOptions { Pcpus = 0, TimerCpu = null }
            },
            {
                "sockets",
                new HostOptions { Pcpus = 4, Sockets = 3 }
            },
            {
                "halt-poll",
                new HostOptions { HaltPoll = (-1).Microseconds() }
            },
            {
                "timer-advance",
                new HostOptions { TimerAdvance = 2.Seconds() }
            },
            {
                "cpuid-bit",
                new HostOptions { PvTimer = new PvTimerParameters { CpuidBit = 32 } }
            },
        };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Options_that_no_scenario_file_could_say_are_refused(string key, HostOptions options)
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Host(options));
        Assert.Contains(key, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vms_that_have_no_place_are_refused()
    {
        HostHandle host = Host(pcpus: 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => host.AddVm("none", vcpus: 0));
        Assert.Throws<ArgumentException>(() => host.AddVm("far", vcpus: 1, pins: [7]));
        Assert.Throws<ArgumentException>(() => host.AddVm("timer", vcpus: 1, pins: [2]));
        Assert.Throws<ArgumentException>(() => host.AddVm("short", vcpus: 2, pins: [0]));
        host.AddVm("fits", vcpus: 2, pins: [0, 1]);
    }

    [Fact]
    public void Vm_options_that_no_scenario_file_could_say_are_refused()
    {
        HostHandle host = Host();
        ArgumentException refused = Assert.Throws<ArgumentException>(() =>
            host.AddVm(
                "own",
                options: new VmOptions
                {
                    Tsc = TscFrequency.FromMegahertz(2_000),
                    TscScaling = false,
                }
            )
        );
        Assert.Contains("tsc-scaling", refused.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() =>
            host.AddVm("slow", options: new VmOptions { ApicBusCycle = 2.Microseconds() })
        );
        Assert.Throws<ArgumentException>(() =>
            host.AddVm(
                "little",
                options: new VmOptions
                {
                    Bandwidth = new CpuBandwidth(1.Microseconds(), 1.Milliseconds()),
                }
            )
        );
    }

    [Fact]
    public void Host_differs_from_the_others_in_what_is_said_and_only_before_the_run()
    {
        ImmutableArray<HostHandle> hosts = Hosts(2);
        hosts[1].Differ(costs: SimpleCosts.Ideal, timerAdvance: 700.Nanoseconds());
        hosts[1].Differ(haltPoll: 3.Microseconds());

        OtherHostSettings other = ToScenario().HostOf(1);
        Assert.Equal(
            (SimpleCosts.Ideal, 700.Nanoseconds(), 3.Microseconds()),
            (other.Costs, other.TimerAdvance, other.HaltPoll)
        );
        Assert.Equal(SimpleCosts.Ideal, hosts[1].Costs);
        Assert.Equal(SimpleCosts.Plausible, hosts[0].Costs);
        Assert.Throws<InvalidOperationException>(() => hosts[1].Differ(haltPoll: default));
        Anew();
        Assert.Throws<ArgumentException>(() => Host().Differ(haltPoll: 2.Seconds()));
    }

    [Fact]
    public void Scenario_of_the_tests_own_is_checked_too()
    {
        Host();
        Clock.AdvanceTo(1.Microseconds());
        Scenario scenario = ToScenario();
        Scenario spins = scenario with
        {
            PvTimer = scenario.PvTimer with { ScanPeriod = VirtualDuration.Zero },
        };
        Assert.Throws<ArgumentException>(() => Run(spins));
        Anew();
        Assert.Throws<ArgumentException>(() => Scenario(spins));
    }

    [Fact]
    public void Clock_stops_after_its_most_events_and_says_whose_they_were()
    {
        Host(scanPeriod: 1.Microseconds());
        Clock.MostEvents = 20_000;
        ScriptException spins = Assert.Throws<ScriptException>(() => Clock.AdvanceTo(10.Seconds()));
        Assert.Contains("of which 20000 are accepted", spins.Message, StringComparison.Ordinal);
        Assert.Matches("[0-9]+ were those of h0/(timer-kthread|pcpu-1)", spins.Message);
    }

    [Fact]
    public void Clock_stops_after_its_most_wall_time()
    {
        Host(scanPeriod: 1.Microseconds());
        Clock.MostWallTime = TimeSpan.FromMilliseconds(20);
        ScriptException slow = Assert.Throws<ScriptException>(() =>
            Clock.AdvanceTo(1_000.Seconds())
        );
        Assert.Contains("s on the wall", slow.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Expectation_stops_after_the_most_events_too()
    {
        HostHandle host = Host(scanPeriod: 1.Microseconds());
        Clock.MostEvents = 20_000;
        Assert.Throws<ScriptException>(() => host.Vcpu(0).Guest.ExpectNoInterrupt(10.Seconds()));
        Assert.Throws<ScriptException>(() => Clock.RunUntil(() => false, within: 10.Seconds()));
        ScriptException spins = Assert.Throws<ScriptException>(() =>
            host.Vcpu(0).ExpectMsg<PostedInterrupt>(within: 10.Seconds())
        );
        Assert.Contains("are accepted", spins.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_movement_of_the_clock_takes_a_token()
    {
        Type[] types = [.. typeof(Clock).Assembly.GetExportedTypes()];
        string[] without =
        [
            .. types
                .SelectMany(type => type.GetMethods())
                .Where(method =>
                    method.DeclaringType!.Assembly == typeof(Clock).Assembly
                    && IsMovement(method)
                    && method.DeclaringType.Namespace != "PvTimer.TestKit.Clusters"
                    && !method
                        .GetParameters()
                        .Any(each => each.IsDefined(typeof(ParamArrayAttribute)))
                    && method
                        .GetParameters()
                        .All(each => each.ParameterType != typeof(CancellationToken))
                )
                .Select(method => $"{method.DeclaringType!.Name}.{method.Name}"),
        ];
        Assert.Empty(without);
    }

    [Fact]
    public void Cancelled_token_stops_the_clock_in_mid_run()
    {
        HostHandle host = Host(scanPeriod: 1.Microseconds());
        using CancellationTokenSource cancel = new();
        cancel.CancelAfter(TimeSpan.FromMilliseconds(30));
        Assert.Throws<OperationCanceledException>(() =>
            Clock.AdvanceTo(1_000.Seconds(), cancel.Token)
        );
        VirtualTime now = Clock.Now;
        Assert.True(now < VirtualTime.Zero + 1_000.Seconds());
        Assert.Throws<OperationCanceledException>(() =>
            host.Vcpu(0).Guest.ExpectTimer(cancel: cancel.Token)
        );
        Assert.Equal(now, Clock.Now);
        Clock.AdvanceBy(1.Milliseconds());
    }

    [Fact]
    public async Task Second_thread_on_one_clock_is_refused()
    {
        Host();
        using ManualResetEventSlim isIn = new();
        using ManualResetEventSlim mayGo = new();
        Task first = Task.Run(() =>
            Clock.RunUntil(() =>
            {
                isIn.Set();
                return mayGo.Wait(TimeSpan.FromSeconds(60));
            })
        );
        Assert.True(isIn.Wait(TimeSpan.FromSeconds(60)));
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() =>
            Clock.AdvanceBy(1.Milliseconds())
        );
        Assert.Contains("two threads use one clock", refused.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Finish());
        mayGo.Set();
        await first;
        Clock.AdvanceBy(1.Milliseconds());
    }

    [Fact]
    public void Clock_does_not_move_from_within_an_event()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        InvalidOperationException? refused = null;
        Faults.Drop<Ipi>(where: _ =>
        {
            refused ??= Assert.Throws<InvalidOperationException>(() =>
                Clock.AdvanceBy(1.Microseconds())
            );
            return true;
        });
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        Clock.AdvanceBy(100.Microseconds());
        Assert.Contains("an event is being handled", refused!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Handles_of_a_machine_that_is_gone_are_refused()
    {
        HostHandle old = Host();
        VcpuHandle vcpu = old.Vcpu(0);
        VmHandle vm = Vm("vm-0");
        Clock.AdvanceTo(1.Microseconds());
        InjectedFaults faults = Faults;
        Anew();
        HostHandle host = Host();
        Action[] uses =
        [
            () => vcpu.Guest.ProgramDeadline(@in: 1.Milliseconds()),
            () => vcpu.Guest.ExpectNoInterrupt(until: 1.Milliseconds()),
            () => vcpu.Count<InterruptTaken>(),
            () => old.Pcpu(1).ExpectIpi(),
            () => old.AddVm("late"),
            () => _ = old.Vms.Count(),
            () => vm.MigrateTo(host),
            () => vcpu.MoveTo(host.Pcpu(0)),
            () => ProbeAs(old.Kthread),
            () => faults.Drop<Ipi>(),
            () => Faults.Drop<Ipi>(to: old.TimerCpu),
            () => Faults.Kill(old.Kthread),
            () => host.TimerCpu.From(old.Pcpu(0)),
        ];
        Assert.All(
            uses,
            use =>
                Assert.Contains(
                    "a machine that is gone",
                    Assert.Throws<InvalidOperationException>(use).Message,
                    StringComparison.Ordinal
                )
        );
        host.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        host.Vcpu(0).Guest.ExpectTimer();
    }

    [Fact]
    public void Scenario_of_a_script_that_has_not_begun_has_its_vm()
    {
        Host();
        Scenario scenario = ToScenario();
        Assert.Equal("vm", Assert.Single(scenario.Vms).Name);
        Assert.Throws<InvalidOperationException>(() => Save("nowhere.conf"));
        Run(scenario with { Duration = 1.Milliseconds() }).ShouldKeepItsPromises();
    }

    [Fact]
    public void Failed_instant_is_shown_with_the_events_around_it()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        ScriptException late = Assert.Throws<ScriptException>(() =>
            host.Vcpu(0).Guest.ExpectTimer(at: 200.Microseconds())
        );
        Assert.Contains(
            "HrtimerExpiry { ProgrammedFor 150.000 us }",
            late.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("250.000 us", late.Message, StringComparison.Ordinal);
        Assert.Contains("more)", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Interrupt_that_came_long_ago_is_shown_where_it_came()
    {
        HostHandle host = Host();
        host.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        Clock.AdvanceTo(50.Milliseconds());
        ScriptException came = Assert.Throws<ScriptException>(() =>
            host.Vcpu(0).Guest.ExpectNoInterrupt(until: 51.Milliseconds())
        );
        Assert.Matches(@"> +1,00\d\.\d+ us .*InterruptTaken", came.Message);
    }

    private static bool IsMovement(MethodInfo method) =>
        method.Name.StartsWith("Advance", StringComparison.Ordinal)
        || method.Name.StartsWith("Expect", StringComparison.Ordinal)
        || method.Name is "StepOneEvent" or "RunUntil" or "Run"
        || method.Name.StartsWith("ForAll", StringComparison.Ordinal);
}
