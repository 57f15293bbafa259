using System;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>Hosts that are not as <c>host</c> says, and the TSC of a VM on them.</summary>
public sealed class OtherHostKeysTests : IDisposable
{
    private const string Text = """
        scenario {
          duration = 1ms, hosts = 3
          host { cpus = 2, costs = skylake, tsc = 2ghz, halt-poll = 70us, timer-advance = 1us }
          OTHERS
          vms = [ { name = a, host = 1, TSC guest { type = tick } } ]
          network { latency = 10us, bandwidth = 10gbit/s }
        }
        """;

    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Scenario Read(string others, string tsc = "") =>
        _folder.Read(
            Text.Replace("OTHERS", others, StringComparison.Ordinal)
                .Replace("TSC", tsc, StringComparison.Ordinal)
        );

    [Fact]
    public void What_another_host_does_not_say_is_as_of_the_others()
    {
        MachineDescription machine = MachineDescriptionBuilder.Build(
            Read("other-hosts = [ { host = 1, tsc = 3ghz, costs = ideal } ]"),
            TimerBackends.PvTimer
        );

        Assert.Equal(machine.Hosts[0] with { Name = "h2" }, machine.Hosts[2]);
        Assert.Equal(3_000_000, machine.Hosts[1].Tsc.Kilohertz);
        Assert.Equal("ideal", machine.Hosts[1].Costs.Name);
        Assert.Equal(machine.Hosts[0].HaltPoll, machine.Hosts[1].HaltPoll);
        Assert.Equal(machine.Hosts[0].TimerAdvance, machine.Hosts[1].TimerAdvance);
    }

    [Theory]
    [InlineData("pi-inject", "the housekeeping CPU posts the interrupt")]
    [InlineData("apicv-timer", "the processor delivers the timer as a virtual interrupt")]
    [InlineData("fastpath", "the timer is injected without leaving the inner run loop")]
    [InlineData("avic", "it is AMD's form of it")]
    public void Back_end_that_needs_apicv_is_refused_without(string backend, string purpose)
    {
        string error = Assert
            .Throws<ScenarioException>(() =>
                Read($"backends = [hrtimer, {backend}]", "apicv = off,")
            )
            .Message;
        Assert.Contains(
            $"scenario.vms.0.apicv: back-end {backend} needs APICv: {purpose}; accepted: on, or backends without {backend}",
            error,
            StringComparison.Ordinal
        );
        Assert.Empty(Read($"backends = [hrtimer, {backend}]").Warnings);
        Assert.Empty(Read($"backends = [{backend}]", "apicv = off, backend = hrtimer,").Warnings);
        Assert.Throws<ScenarioException>(() =>
            Read("backends = [hrtimer]", $"apicv = off, backend = {backend},")
        );
    }

    [Theory]
    [InlineData("pvtimer", "avic", "hrtimer")]
    [InlineData("avic", "passthrough", "paratick")]
    [InlineData("pvtimer, avic", "pi-inject", "pvtimer, fastpath")]
    public void One_host_has_the_processors_of_one_vendor(
        string compared,
        string second,
        string accepted
    )
    {
        Scenario Of(string one, string other) =>
            _folder.Read(
                $$"""
                scenario {
                  duration = 1ms, hosts = 2, backends = [{{one}}]
                  host { cpus = 2, costs = skylake }
                  vms = [
                    { name = a, guest { type = tick } }
                    { name = b, host = 1, guest { type = tick } }
                    { name = c, host = 0, backend = {{other}}, guest { type = tick } }
                  ]
                }
                """
            );
        Assert.Contains(
            "scenario.vms.2.backend: ",
            Assert.Throws<ScenarioException>(() => Of(compared, second)).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(3, Of(accepted, second).Vms.Length);
    }

    [Theory]
    [InlineData("199us", 1)]
    [InlineData("200us", 0)]
    [InlineData("50us, mode = one-shot", 0)]
    public void Periodic_timer_that_kvm_slows_down_is_said(string period, int warnings) =>
        Assert.Equal(
            warnings,
            _folder
                .Read(
                    $$"""
                    scenario {
                      duration = 1ms, host { cpus = 2, costs = ideal }
                      vms = [ { name = a, guest { type = lapic-timer, period = {{period}} } } ]
                    }
                    """
                )
                .Warnings.Count(warning =>
                    warning.Contains("fire each 200us", StringComparison.Ordinal)
                )
        );

    [Fact]
    public void Pvtimer_without_apicv_says_what_becomes_of_it()
    {
        Scenario scenario = Read(
            "backends = [hrtimer, pvtimer, preemption-timer, passthrough]",
            "apicv = off,"
        );
        Assert.Equal(
            "pvtimer without APICv, VM a: a timer that expires in guest mode cannot be posted: it exits, for EXTERNAL_INTERRUPT",
            Assert.Single(scenario.Warnings)
        );
        Assert.False(
            MachineDescriptionBuilder.Build(scenario, TimerBackends.PvTimer).Vms[0].HasApicv
        );
    }

    [Fact]
    public void Advance_that_is_tuned_is_one_of_a_host_and_survives_being_written()
    {
        Scenario first = Read(
            "host.timer-advance = auto, other-hosts = [ { host = 1, timer-advance = 2us }, { host = 2, tsc = 3ghz } ]"
        );
        Scenario second = _folder.Read(ScenarioWriter.Write(first));
        foreach (Scenario scenario in new[] { first, second })
        {
            Assert.Equal(
                "1000 True, 2000 False, 1000 True",
                string.Join(
                    ", ",
                    MachineDescriptionBuilder
                        .Build(scenario, TimerBackends.Hrtimer)
                        .Hosts.Select(host =>
                            $"{host.TimerAdvance.Nanoseconds} {host.TunesTimerAdvance}"
                        )
                )
            );
        }
        Assert.True(
            Read("other-hosts = [ { host = 1, timer-advance = auto } ]").HostOf(1).TunesTimerAdvance
        );
        string error = Assert
            .Throws<ScenarioException>(() => Read("host.timer-advance = tuned"))
            .Message;
        Assert.Contains(
            "scenario.host.timer-advance: 'tuned' is no span",
            error,
            StringComparison.Ordinal
        );
        Assert.Contains("accepted: auto, or a number", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 2_500, 3_002_500_000_000)]
    [InlineData("tsc-offset = -2500000000cycles,", 2_500, 3_000_000_000_000)]
    [InlineData("tsc = 1ghz, tsc-offset = 7cycles,", 1_000, 1_201_000_000_007)]
    [InlineData("tsc-scaling = false,", 2_500, 3_002_500_000_000)]
    public void Vm_boots_with_the_tsc_of_the_host_it_begins_on(string tsc, int megahertz, ulong at)
    {
        VmDescription vm = MachineDescriptionBuilder
            .Build(
                Read("host.uptime = 1201s, other-hosts = [ { host = 1, tsc = 2500mhz } ]", tsc),
                TimerBackends.Hrtimer
            )
            .Vms[0];

        Assert.Equal(megahertz * 1_000, vm.GuestTsc.Kilohertz);
        Assert.Equal(at, vm.TscAtStart.Value);
    }

    [Fact]
    public void Instances_that_take_the_hosts_in_turn_each_boot_with_their_hosts_tsc()
    {
        Scenario scenario = _folder.Read(
            """
            scenario {
              duration = 1ms, hosts = 3, host { cpus = 2, costs = ideal, uptime = 1s }
              other-hosts = [ { host = 1, tsc = 3ghz } ]
              vms = [
                { name = first, guest { type = tick } }
                { name = a, count = 3, tsc-offset = 5cycles, guest { type = tick } }
              ]
            }
            """
        );
        Scenario again = _folder.Read(ScenarioWriter.Write(scenario));

        Assert.Equal(
            "first-0 h0 2500000 2500000000, a-0 h1 3000000 3000000005, a-1 h2 2500000 2500000005, a-2 h0 2500000 2500000005",
            Clocks(scenario)
        );
        Assert.Equal(Clocks(scenario), Clocks(again));
    }

    private static string Clocks(Scenario scenario) =>
        string.Join(
            ", ",
            MachineDescriptionBuilder
                .Build(scenario, TimerBackends.PvTimer)
                .Vms.Select(vm =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{vm.Name} h{vm.Host} {vm.GuestTsc.Kilohertz} {vm.TscAtStart.Value}"
                    )
                )
        );

    [Theory]
    [InlineData("host = 0,", 2_000_000_000)]
    [InlineData("host = 1,", 1_000_000_000)]
    [InlineData("count = 2,", 1_000_000_000)]
    public void Offset_is_refused_below_the_tsc_of_a_host_that_the_vm_begins_on(
        string where,
        long least
    )
    {
        const string Slow = """
            scenario {
              duration = 1ms, hosts = 2, host { cpus = 2, costs = ideal, uptime = 1s, tsc = 2ghz }
              other-hosts = [ { host = 1, tsc = 1ghz } ]
              vms = [ { name = a, WHERE tsc-offset = OFFSETcycles, guest { type = tick } } ]
            }
            """;
        Scenario With(long offset) =>
            _folder.Read(
                Slow.Replace("WHERE", where, StringComparison.Ordinal)
                    .Replace("OFFSET", $"{offset}", StringComparison.Ordinal)
            );

        Assert.Equal(-least, With(-least).Vms[0].TscOffset);
        ScenarioException refused = Assert.Throws<ScenarioException>(() => With(-least - 1));
        Assert.Contains("1 cycles below 0", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"at least -{least}cycles", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_host_has_its_own_back_end_for_vms_that_have_none()
    {
        Scenario scenario = Read(
            "backends = [ hrtimer ], other-hosts = [ { host = 1, backend = apicv-timer } ]"
        );
        string written = ScenarioWriter.Write(scenario);
        MachineDescription machine = MachineDescriptionBuilder.Build(
            _folder.Read(written),
            TimerBackends.Hrtimer
        );

        Assert.Equal(written, ScenarioWriter.Write(_folder.Read(written)));
        Assert.Equal("apicv-timer", machine.Vms[0].BackendOn(machine.Hosts[1]).Name);
        Assert.Equal("hrtimer", machine.Vms[0].BackendOn(machine.Hosts[2]).Name);
        MachineDescription own = MachineDescriptionBuilder.Build(
            Read(
                "backends = [ hrtimer ], other-hosts = [ { host = 1, backend = apicv-timer } ]",
                "backend = passthrough,"
            ),
            TimerBackends.Hrtimer
        );
        Assert.Equal("passthrough", own.Vms[0].BackendOn(own.Hosts[1]).Name);
    }

    [Theory]
    [InlineData("hrtimer, pvtimer", "hrtimer", "", "the guests of pvtimer")]
    [InlineData("hrtimer", "paratick", "", "the guests of paratick")]
    [InlineData("hrtimer", "none", "", "'none' is no back-end")]
    [InlineData("hrtimer", "apicv-timer", "apicv = off,", "apicv-timer needs APICv")]
    public void Back_end_that_another_host_cannot_have_is_refused(
        string compared,
        string other,
        string vm,
        string what
    )
    {
        ScenarioException refused = Assert.Throws<ScenarioException>(() =>
            Read(
                $"backends = [ {compared} ], other-hosts = [ {{ host = 2, backend = {other} }} ]",
                vm
            )
        );
        Assert.Contains(what, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolved_scenario_says_the_same_again()
    {
        Scenario first = Read(
            "other-hosts = [ { host = 2, halt-poll = 0ns } ]",
            "tsc-scaling = false,"
        );

        string written = ScenarioWriter.Write(first);
        Scenario second = _folder.Read(written);

        Assert.Equal(written, ScenarioWriter.Write(second));
        Assert.Equal(0, second.OtherHosts[0].HaltPoll.Nanoseconds);
        Assert.False(second.Vms[0].TscScaling);
    }

    [Fact]
    public void Noise_that_is_on_needs_a_profile_that_has_some_on_every_host()
    {
        ScenarioException refused = Assert.Throws<ScenarioException>(() =>
            _folder.Read(
                Text.Replace(
                        "OTHERS",
                        "other-hosts = [ { host = 1, costs = ideal } ]",
                        StringComparison.Ordinal
                    )
                    .Replace("TSC", "", StringComparison.Ordinal),
                "host.costs=epyc-kvm",
                "host.noise=on"
            )
        );

        Assert.Contains(
            "other-hosts.0.costs: profile ideal has no noise to switch on",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("[{ tsc = 2ghz }]", "", "other-hosts.0.host: is missing")]
    [InlineData("[{ host = 3 }]", "", "other-hosts.0.host: '3'")]
    [InlineData("[{ host = 1 }, { host = 1 }]", "", "other-hosts.1.host: h1 is described twice")]
    [InlineData("[{ host = 1, cpus = 4 }]", "", "other-hosts.0.cpus: unknown key")]
    [InlineData("[]", "tsc = 2ghz, tsc-scaling = false,", "vms.0.tsc-scaling: a guest whose TSC")]
    public void Mistake_is_named(string others, string tsc, string what)
    {
        ScenarioException refused = Assert.Throws<ScenarioException>(() =>
            Read($"other-hosts = {others}", tsc)
        );

        Assert.Contains(what, refused.Message, StringComparison.Ordinal);
    }
}
