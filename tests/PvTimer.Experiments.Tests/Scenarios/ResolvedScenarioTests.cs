using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Scenarios;
using PvTimer.Scenarios.Costs;

namespace PvTimer.Experiments.Tests.Scenarios;

public sealed class ResolvedScenarioTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public static TheoryData<string> Shipped() =>
        [
            .. Directory
                .GetFiles(ScenarioFolder.Repository("config/scenarios"), "*.conf")
                .Select(file => Path.GetFileName(file)),
        ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Shipped_scenario_survives_being_written_and_read_again_elsewhere(string name)
    {
        string file = Path.Combine(ScenarioFolder.Repository("config/scenarios"), name);
        Scenario first = ScenarioReader.Read(file, []);
        string written = ScenarioWriter.Write(first);

        Scenario second = _folder.Read(written);

        Assert.Equal(written, ScenarioWriter.Write(second));
        Assert.Equal(Path.GetFileNameWithoutExtension(name), first.Name);
        MachineDescription before = MachineDescriptionBuilder.Build(first, TimerBackends.PvTimer);
        MachineDescription after = MachineDescriptionBuilder.Build(second, TimerBackends.PvTimer);
        Assert.Equal(before.PvTimer, after.PvTimer);
        Assert.Equal(before.Duration, after.Duration);
        Assert.Equal(before.Vms.Select(vm => vm.Pcpus), after.Vms.Select(vm => vm.Pcpus));
    }

    [Fact]
    public void Every_key_survives_being_written_and_read_again()
    {
        const string Text = """
            scenario {
              name = "every key", seed = 18446744073709551615, duration = 1500ns, hosts = 3
              backends = [pvtimer]
              host {
                cpus = 8, sockets = 2, distances = ["10 32", "32 10"], tsc = 2.1ghz, timer-cpu = 3, timer-cpu-shared = true
                costs = skylake, halt-poll = 50us, timer-advance = 1us, hv-timer = true
              }
              other-hosts = [ { host = 1, tsc = 3ghz, costs = ideal, halt-poll = 3us } ]
              pvtimer {
                variant = as-posted, scan-period = 100us, padding = 1cycles, worker = paced
                enable-msr = 0x4b564d06, cpuid-bit = 9, weak-exchange = guest
                flaws { stale-armed-timer = false }
              }
              vms = [
                { name = a, count = 4, vcpus = 2, pin = pack, tsc = 1ghz, tsc-offset = 77cycles, move-every = 3ms
                  apicv = off, hlt-exits = false, mwait = exposed
                  idle = poll, guest { type = tick, hz = 1000, no-hz = false, work = 5us } }
                { name = b, vcpus = 2, pin = [3, 7], host = 2
                  guest-halt-poll = 90us, guest-halt-poll-grow = 3, guest-halt-poll-grow-start = 7us
                  guest-halt-poll-shrink = 5, guest-halt-poll-allow-shrink = false, guest { type = cyclictest, period = 200us, threads = 2
                  offset = 10ns, work = 1us } }
                { name = c, tsc-scaling = false, guest { type = nanosleep, sleep = 1us, work = 2us } }
                { name = d, backend = pi-inject, guest { type = exponential, mean = 9us } }
                { name = e, guest { type = uniform, shortest = 1us, longest = 3us } }
                { name = f, guest { type = idle, period = 9s } }
                { name = g, vcpus = 2, guest { type = tick, hz = 100, no-hz = full, work = 70ms } }
                { name = h, guest { type = tcp-rr, response = 9us, work = 1us, send = 3ns, hz = 1000, rto = 300ms } }
                { name = i, guest { type = redis-like, interval = 7us, arrivals = fixed, work = 2us, send = 1us
                  cron = 9ms, cron-work = 4us } }
                { name = j, clock-event = hyperv-stimer-direct, guest { type = storm, distance = 3us, timers = 5, pause = 8us } }
              ]
              network { latency = 1ms, bandwidth = 40gbit/s }
              migration { memory = 3mib, dirty-rate = 0bit/s, bandwidth = 5mib/s, max-rounds = 4, tsc = counts }
              events = [
                { at = 1us, move = a-3/vcpu-1, to = pcpu-0 }
                { at = 1400ns, migrate = a-3, to = h1 }
              ]
              question = "is it \"whole\"?"
              sweep { over = [ "host.cpus=8,16", "seed-like=a; b=1" ], repeat = 7 }
              thresholds { "pvtimer.lateness.p99.9" = "< 50us", "pvtimer.timers.lost" = "= 0" }
            }
            """;
        Scenario first = _folder.Read(Text);
        string written = ScenarioWriter.Write(first);

        Scenario second = _folder.Read(written);

        Assert.Equal(written, ScenarioWriter.Write(second));
        Assert.Equal(first.PvTimer, second.PvTimer);
        Assert.Equal(32, second.Host.Distances?.Longest);
        Assert.Equal("every key", second.Name);
        Assert.Equal("is it \"whole\"?", second.Question);
        Assert.Equal((string[])[.. first.Sweep.Over], (string[])[.. second.Sweep.Over]);
        Assert.Equal(7, second.Sweep.Repeat);
        Assert.False(second.PvTimer.Flaws.StaleArmedTimer);
        Assert.True(second.PvTimer.Flaws.DisarmIsLost);
        Assert.Equal(first.OtherHosts.Single().Host, second.OtherHosts.Single().Host);
        Assert.False(second.Vms[2].TscScaling);
        Assert.Equal("pi-inject", second.Vms[3].Backend?.Name);
        Assert.Equal(
            first.Vms.Select((_, index) => index > 0),
            second.Vms.Select(vm => vm.HasApicv)
        );
        Assert.Equal(
            first.Vms.Select((_, index) => index > 0),
            second.Vms.Select(vm => vm.HltExits)
        );
        Assert.Equal(
            first.Vms.Select((_, index) => index == 0),
            second.Vms.Select(vm => vm.HasMwait)
        );
        Assert.Equal(
            new GuestHaltPolling(
                VirtualDuration.FromMicroseconds(90),
                3,
                VirtualDuration.FromMicroseconds(7),
                5,
                AllowsShrink: false
            ),
            second.Vms[1].GuestHaltPolling
        );
        Assert.Null(second.Vms[0].GuestHaltPolling);
        Assert.Equal(first.Events.AsEnumerable(), second.Events);
        Assert.Equal(first.Thresholds.AsEnumerable(), second.Thresholds);
        Assert.Equal(first.Vms.Select(vm => vm.Guest), second.Vms.Select(vm => vm.Guest));
    }

    [Fact]
    public void As_posted_has_every_flaw_and_a_busy_worker()
    {
        Scenario posted = _folder.Read(ScenarioFolder.Plain, "pvtimer.variant=as-posted");
        Scenario corrected = _folder.Read(ScenarioFolder.Plain);

        Assert.Equal(PvTimerFlaws.All, posted.PvTimer.Flaws);
        Assert.Equal(WorkerMode.Busy, posted.PvTimer.Worker);
        Assert.Equal(PvTimerFlaws.None, corrected.PvTimer.Flaws);
        Assert.Equal(WorkerMode.Paced, corrected.PvTimer.Worker);
    }

    [Fact]
    public void Vcpus_stay_off_the_timer_cpu_on_every_backend()
    {
        Scenario scenario = _folder.Read(ScenarioFolder.Plain, "vms.0.count=5");

        MachineDescription baseline = MachineDescriptionBuilder.Build(
            scenario,
            TimerBackends.Hrtimer
        );
        MachineDescription pvTimer = MachineDescriptionBuilder.Build(
            scenario,
            TimerBackends.PvTimer
        );

        Assert.Equal(3, pvTimer.Hosts[0].TimerCpu);
        Assert.Equal(baseline.Vms.Select(vm => vm.Pcpus), pvTimer.Vms.Select(vm => vm.Pcpus));
        Assert.DoesNotContain(3, pvTimer.Vms.SelectMany(vm => vm.Pcpus));
    }

    [Theory]
    [InlineData("spread", new[] { 0, 4, 1, 5, 2, 6 })]
    [InlineData("pack", new[] { 0, 1, 2, 3, 4, 5 })]
    public void Pin_policy_takes_sockets_in_turn_or_one_after_the_other(string pin, int[] expected)
    {
        Scenario scenario = _folder.Read(
            ScenarioFolder.Plain,
            "host.cpus=8",
            "host.sockets=2",
            "vms.0.vcpus=6",
            $"vms.0.pin={pin}"
        );

        MachineDescription machine = MachineDescriptionBuilder.Build(
            scenario,
            TimerBackends.PvTimer
        );

        Assert.Equal(expected, machine.Vms[0].Pcpus);
    }

    [Fact]
    public void Instances_take_the_hosts_in_turn()
    {
        Scenario scenario = _folder.Read(ScenarioFolder.Plain, "hosts=2", "vms.0.count=3");

        MachineDescription machine = MachineDescriptionBuilder.Build(
            scenario,
            TimerBackends.PvTimer
        );

        Assert.Equal("web-0 web-1 web-2", string.Join(' ', machine.Vms.Select(vm => vm.Name)));
        Assert.Equal([0, 1, 0], machine.Vms.Select(vm => vm.Host));
    }

    [Fact]
    public void A_replayed_guest_has_the_clock_and_the_length_of_its_trace()
    {
        string file = ScenarioFolder.Repository("config/scenarios/quickstart.conf");

        Scenario scenario = ScenarioReader.Read(file, []);

        RecordedGuest recording = Assert.IsType<TraceGuest>(scenario.Vms[0].Guest).Recording;
        Assert.Equal(TscFrequency.FromKilohertz(2_499_998), scenario.Vms[0].Tsc);
        Assert.Equal(
            recording.Start,
            MachineDescriptionBuilder.Build(scenario, TimerBackends.Hrtimer).Vms[0].TscAtStart
        );
        Assert.Equal(
            recording.Frequency.SpanOf(recording.End.CyclesSince(recording.Start)),
            scenario.Duration
        );
        Assert.Equal(
            "quickstart.conf cascadelake-kvm.conf cyclictest-1ms.ftrace.gz",
            string.Join(' ', scenario.Inputs.Select(Path.GetFileName))
        );
    }

    public static TheoryData<string> Profiles => [.. ShippedProfiles.Names];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Shipped_cost_profile_is_named_after_its_file_and_complete(string name)
    {
        CostProfile costs = _folder
            .Read(
                ScenarioFolder.Plain,
                $"host.costs={ScenarioFolder.Repository($"config/costs/{name}.conf")}"
            )
            .Host.Costs;

        Assert.Equal(name, costs.Name);
        Assert.True(costs.IdleStates.Length >= 1);
    }

    [Fact]
    public void Every_key_of_a_cost_profile_but_two_is_required_and_no_other_is_known()
    {
        string profile = File.ReadAllText(ScenarioFolder.Repository("config/costs/skylake.conf"));
        foreach (
            string key in typeof(CostProfile)
                .GetProperties()
                .Select(p => KebabCase.Of(p.Name))
                .Where(key => key is not ("running-states" or "noise"))
        )
        {
            _folder.Write(
                profile.Replace($"\n  {key} = ", $"\n  {key}s = ", StringComparison.Ordinal),
                "costs/broken.conf"
            );

            var error = Assert.Throws<ScenarioException>(() =>
                _folder.Read(ScenarioFolder.Plain, "host.costs=broken")
            );

            Assert.Contains($"costs.{key}", error.Message, StringComparison.Ordinal);
            Assert.Contains("broken.conf", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("[3us, 2us]", "quantiles")]
    [InlineData("[1us, 2]", "no span")]
    [InlineData("[-1us, 2us]", "quantiles")]
    public void A_cost_table_must_ascend_and_have_units(string table, string what)
    {
        string profile = File.ReadAllText(ScenarioFolder.Repository("config/costs/skylake.conf"));
        _folder.Write(
            profile.Replace(
                "timer-interrupt = 600ns",
                $"timer-interrupt = {table}",
                StringComparison.Ordinal
            ),
            "costs/broken.conf"
        );

        var error = Assert.Throws<ScenarioException>(() =>
            _folder.Read(ScenarioFolder.Plain, "host.costs=broken")
        );

        Assert.Contains("timer-interrupt", error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_changes_elements_of_lists_and_whole_values()
    {
        List<string> sets =
        [
            "scenario.seed=7",
            "vms.0.guest.period=2ms",
            "backends=[pvtimer]",
            "pvtimer.flaws.disarm-is-lost=true",
        ];

        Scenario scenario = _folder.Read(ScenarioFolder.Plain, [.. sets]);

        Assert.Equal(7ul, scenario.Seed);
        Assert.Equal(
            VirtualDuration.FromMilliseconds(2),
            Assert.IsType<CyclictestGuest>(scenario.Vms[0].Guest).Period
        );
        Assert.Equal(TimerBackends.PvTimer, Assert.Single(scenario.Backends));
        Assert.True(scenario.PvTimer.Flaws.DisarmIsLost);
    }
}
