using System;
using System.Globalization;
using System.IO;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>Each row: a mistake, the line it stands in, the key that is named, what is said and accepted.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    // Keys.
    [InlineData(
        "pvtimer { scan-periode = 1us }",
        "pvtimer.scan-periode",
        "'scan-period'",
        "padding"
    )]
    [InlineData("duraton = 1s", "duraton", "unknown key", "duration")]
    [InlineData("thresholds = 3", "thresholds", "a section belongs", "thresholds {")]
    [InlineData(
        "pvtimer { flaws { stale-armed-timers = true } }",
        "stale-armed-timers",
        "'stale-armed-timer'",
        "disarm-is-lost"
    )]
    [InlineData("placement { policy = random }", "placement.policy", "'random'", "pack-by-host")]
    // Units and ranges.
    [InlineData("duration = 5", "duration", "unit is missing", "ns, us, ms or s")]
    [InlineData("duration = 5min", "duration", "'5min'", "ns, us, ms or s")]
    [InlineData("duration = -1s", "duration", "negative", "longer than 0ns")]
    [InlineData("duration = 0s", "duration", "empty window", "longer than 0ns")]
    [InlineData("duration = 0.5ns", "duration", "'0.5ns'", "ns, us, ms or s")]
    [InlineData("duration = trace", "duration", "no VM replays", "or trace")]
    [InlineData("host { tsc = 2500 }", "host.tsc", "unit is missing", "khz, mhz or ghz")]
    [InlineData("host { tsc = 2500us }", "host.tsc", "'2500us'", "khz, mhz or ghz")]
    [InlineData("host { halt-poll = 200 }", "host.halt-poll", "unit is missing", "us")]
    [InlineData("host { halt-poll = -200us }", "host.halt-poll", "too short", "at least 0ns")]
    [InlineData("pvtimer { padding = 25000 }", "pvtimer.padding", "unit is missing", "cycles")]
    [InlineData("pvtimer { padding = 10us }", "pvtimer.padding", "'10us'", "cycles")]
    [InlineData("pvtimer { scan-period = 10ns }", "pvtimer.scan-period", "too short", "1us")]
    [InlineData("pvtimer { enable-msr = 77 }", "pvtimer.enable-msr", "'77'", "0x4b564d05")]
    [InlineData("pvtimer { cpuid-bit = 32 }", "pvtimer.cpuid-bit", "'32'", "0 to 31")]
    [InlineData(
        "pvtimer { variant = posted }",
        "pvtimer.variant",
        "'posted'",
        "as-posted or fixed"
    )]
    [InlineData(
        "pvtimer { flaws { disarm-is-lost = yes } }",
        "disarm-is-lost",
        "'yes'",
        "true or false"
    )]
    [InlineData("seed = -1", "seed", "'-1'", "0 to 18446744073709551615")]
    [InlineData("backends = [hrtimer, hpet]", "backends.1", "'hpet'", "hrtimer, preemption-timer")]
    [InlineData("backends = [hrtimer, hrtimer]", "backends.1", "twice", "at most once")]
    [InlineData("backends = []", "backends", "empty", "hrtimer, preemption-timer")]
    [InlineData("backends = hrtimer", "backends", "list belongs", "[ ... ]")]
    [InlineData("backends = [fastpath], host.costs = epyc-kvm", "backends", "fast-msr", "without")]
    // Topologies.
    [InlineData("host { timer-cpu = 4 }", "host.timer-cpu", "no cpu 4", "0 to 3")]
    [InlineData("host { timer-cpu = first }", "host.timer-cpu", "'first'", "last, offline")]
    [InlineData("host { timer-cpu = none }", "host.timer-cpu", "needs a cpu of its own", "offline")]
    [InlineData("host { cpus = 0 }", "host.cpus", "'0'", "from 1")]
    [InlineData("host { sockets = 8 }", "host.sockets", "cannot hold", "at most")]
    [InlineData("host { sockets = 3 }", "host.sockets", "evenly", "divides cpus")]
    [InlineData("host { cpus = 1 }", "host.timer-cpu", "none is left", "timer-cpu-shared")]
    [InlineData(
        "vms = [ { name = a, pin = [4], guest { type = idle } } ]",
        "vms.0.pin.0",
        "no cpu 4",
        "0 to 3"
    )]
    [InlineData(
        "vms = [ { name = a, pin = [3], guest { type = idle } } ]",
        "vms.0.pin.0",
        "timer cpu",
        "timer-cpu-shared = true"
    )]
    [InlineData(
        "vms = [ { name = a, pin = [0, 1], guest { type = idle } } ]",
        "vms.0.pin",
        "2 cpus for 1",
        "one cpu per vCPU"
    )]
    [InlineData(
        "vms = [ { name = a, host = 1, guest { type = idle } } ]",
        "vms.0.host",
        "'1'",
        "0 to 0"
    )]
    [InlineData("vms = []", "vms", "missing", "guest")]
    [InlineData(
        "vms = [ { name = a, guest { type = idle } }, { name = a, guest { type = idle } } ]",
        "vms.1.name",
        "another VM",
        "own"
    )]
    [InlineData(
        "vms = [ { vcpus = 1, guest { type = idle } } ]",
        "vms.0.name",
        "missing",
        "a name"
    )]
    [InlineData(
        "events = [ { at = 1ms, move = mail/vcpu-0, to = pcpu-1 } ]",
        "events.0.move",
        "'mail'",
        "web-0"
    )]
    [InlineData(
        "events = [ { at = 1ms, move = web/vcpu-2, to = pcpu-1 } ]",
        "events.0.move",
        "'web/vcpu-2'",
        "web-0/vcpu-0 to web-0/vcpu-1"
    )]
    [InlineData(
        "events = [ { at = 1ms, move = web, to = pcpu-1 } ]",
        "events.0.move",
        "'web' is no vCPU",
        "web-0/vcpu-1"
    )]
    [InlineData(
        "events = [ { at = 1ms, move = web/vcpu-0, to = pcpu-3 } ]",
        "events.0.to",
        "timer cpu",
        "another cpu"
    )]
    [InlineData(
        "events = [ { at = 1ms, move = web/vcpu-0, to = pcpu-4 } ]",
        "events.0.to",
        "no pCPU 'pcpu-4'",
        "pcpu-0 to pcpu-3"
    )]
    [InlineData(
        "events = [ { at = 10ms, move = web/vcpu-0, to = pcpu-1 } ]",
        "events.0.at",
        "end of the run",
        "shorter than 10ms"
    )]
    [InlineData(
        "events = [ { at = 1ms, to = pcpu-1 } ]",
        "events.0.at",
        "says nothing that could be done",
        "one of move, migrate,"
    )]
    [InlineData(
        "events = [ { at = 1ms, move = web/vcpu-0, migrate = web, to = h1 } ]",
        "events.0.move",
        "says both move and migrate",
        "one of move, migrate,"
    )]
    [InlineData(
        "events = [ { at = 1ms, migrate = web, to = h1 } ]",
        "events.0.to",
        "no host 'h1'",
        "more hosts"
    )]
    [InlineData(
        "hosts = 3, events = [ { at = 1ms, migrate = web, to = h9 } ]",
        "events.0.to",
        "no host 'h9'",
        "h1, h2"
    )]
    [InlineData(
        "hosts = 3, events = [ { at = 1ms, migrate = web, to = h0 } ]",
        "events.0.to",
        "is on h0 already",
        "h1, h2"
    )]
    [InlineData(
        "hosts = 3, events = [ { at = 1ms, migrate = web, to = h2 }, { at = 2ms, migrate = web, to = h2 } ]",
        "events.1.to",
        "is on h2 already",
        "h0, h1"
    )]
    [InlineData(
        "hosts = 3, events = [ { at = 1ms, migrate = web/vcpu-1, to = h1 } ]",
        "events.0.migrate",
        "cannot be on two hosts",
        "the whole VM: web"
    )]
    [InlineData(
        "hosts = 3, events = [ { at = 1ms, migrate = mail, to = h1 } ]",
        "events.0.migrate",
        "no VM 'mail'",
        "web-0"
    )]
    [InlineData(
        "hosts = 3, events = [ { at = 2ms, migrate = web, to = h1 }, { at = 1ms, migrate = web, to = h0 } ]",
        "events.1.at",
        "web-0 at 2ms stands before it",
        "at least 2ms"
    )]
    [InlineData("network { latency = 10 }", "network.latency", "unit is missing", "us, ms")]
    [InlineData("network { latency = 0ns }", "network.latency", "too short", "at least 1us")]
    [InlineData("network { bandwidth = 10gbit }", "network.bandwidth", "no rate of data", "gbit/s")]
    [InlineData(
        "network { bandwidth = 1kbit/s }",
        "network.bandwidth",
        "too slow",
        "at least 1mbit/s"
    )]
    [InlineData("network { speed = 1 }", "network.speed", "unknown key", "latency")]
    [InlineData(
        "migration { memory = 0gib }",
        "migration.memory",
        "no amount of data",
        "at least 1bytes"
    )]
    [InlineData(
        "migration { max-rounds = 0 }",
        "migration.max-rounds",
        "out of range",
        "1 to 1000"
    )]
    [InlineData("migration { tsc = wanders }", "migration.tsc", "'wanders'", "stops or counts")]
    // Guests and files.
    [InlineData(
        "vms = [ { name = a, guest { type = mail } } ]",
        "vms.0.guest.type",
        "'mail'",
        "cyclictest"
    )]
    [InlineData("vms = [ { name = a, guest { } } ]", "vms.0.guest.type", "missing", "cyclictest")]
    [InlineData(
        "vms = [ { name = a, guest { type = uniform, shortest = 2us, longest = 1us } } ]",
        "guest.longest",
        "shorter",
        "2us"
    )]
    [InlineData(
        "vms = [ { name = a, guest { type = tick, hz = 1000, work = 10ms } } ]",
        "guest.work",
        "long",
        "10ms"
    )]
    [InlineData(
        "vms = [ { name = a, guest { type = nanosleep, period = 1ms } } ]",
        "guest.sleep",
        "missing",
        "ns, us"
    )]
    [InlineData(
        "vms = [ { name = a, guest { type = trace, file = \"no.gz\" } } ]",
        "vms.0.guest.file",
        "no.gz",
        "trace"
    )]
    [InlineData("host { costs = pentium }", "host.costs", "'pentium'", "cascadelake-kvm, ")]
    [InlineData("host { costs = ./pentium }", "host.costs", "./pentium", "HOCON")]
    // Thresholds.
    [InlineData(
        "thresholds { \"kvm.lateness.p99\" = \"< 5us\" }",
        "kvm.lateness.p99",
        "no back-end",
        "pvtimer"
    )]
    [InlineData(
        "thresholds { \"pvtimer.latenes.p99\" = \"< 5us\" }",
        "pvtimer.latenes.p99",
        "'lateness_ns.p99'",
        "summary.json"
    )]
    [InlineData(
        "thresholds { \"pvtimer.lateness.p99\" = \"< 5\" }",
        "pvtimer.lateness.p99",
        "no condition",
        "ns, us"
    )]
    [InlineData(
        "thresholds { \"pvtimer.timers.lost\" = \"0\" }",
        "pvtimer.timers.lost",
        "no condition",
        "without unit"
    )]
    [InlineData(
        "thresholds { \"pvtimer.recorded.ks_distance\" = \"< 1\" }",
        "ks_distance",
        "no VM replays",
        "has"
    )]
    // Structure.
    [InlineData("host { cpus = 4", "", "never closed", "'}'")]
    [InlineData("backends = [hrtimer", "", "never closed", "']'")]
    [InlineData("name = \"abc", "", "never closed", "same line")]
    [InlineData("name =", "name", "without a value", "key = value")]
    [InlineData("seed = ${nowhere}", "", "nowhere", "HOCON")]
    [InlineData("events = ${scenario.events} [ 1 ]", "events", "refers to itself", "end somewhere")]
    [InlineData("events = ${?scenario.events} [ 1 ]", "events", "refers to itself", "itself")]
    [InlineData("name = ${scenario.seed}, seed = ${scenario.name}", "", "to itself", "end")]
    [InlineData("name = ${scenario.name}x", "name", "refers to itself", "end somewhere")]
    [InlineData("name = ${scenario}", "name", "refers to itself", "end somewhere")]
    [InlineData("vms = [ ${scenario.vms} ]", "vms", "refers to itself", "end somewhere")]
    public void A_mistake_is_named_with_its_line_its_key_and_what_is_accepted(
        string mistake,
        string key,
        string what,
        string accepted
    )
    {
        string text = ScenarioFolder.Plain.Replace(
            "\n}",
            $"\n  # the mistake\n  {mistake}\n}}",
            StringComparison.Ordinal
        );

        var error = Assert.Throws<ScenarioException>(() => _folder.Read(text));

        string[] halves = error.Message.Split("; accepted: ", 2);
        Assert.Contains(key, halves[0], StringComparison.Ordinal);
        Assert.Contains(what, halves[0], StringComparison.Ordinal);
        Assert.Contains(accepted, halves[1], StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Matches(@"^.+test\.conf:\d+: ", error.Message);
    }

    [Theory]
    [InlineData("pvtimer { scan-periode = 1us }", 5)]
    [InlineData("\n\n  seed = x", 7)]
    [InlineData("pvtimer {\n variant = fixed // fixed {\n # {\n padding = 3\n}", 8)]
    [InlineData("backends = [\n  hrtimer\n  hpet\n ]", 7)]
    [InlineData("pvtimer.padding = 3", 5)]
    [InlineData("\"pvtimer\" { padding = 3 }", 5)]
    public void The_line_is_the_one_the_key_was_written_in(string mistake, int line)
    {
        string text = ScenarioFolder.Plain.Replace(
            "\n}",
            $"\n  {mistake}\n}}",
            StringComparison.Ordinal
        );

        var error = Assert.Throws<ScenarioException>(() => _folder.Read(text));

        string expected = string.Create(CultureInfo.InvariantCulture, $"test.conf:{line}: ");
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_an_included_file_is_named_there()
    {
        _folder.Write("host {\n  cpus = 4\n  cpu = 3\n}\n", "scenarios/host.conf");
        string text = ScenarioFolder.Plain.Replace(
            "duration = 10ms",
            "duration = 10ms\n include \"host.conf\"",
            StringComparison.Ordinal
        );

        var error = Assert.Throws<ScenarioException>(() => _folder.Read(text));

        Assert.Contains(
            "host.conf:3: scenario.host.cpu: unknown key",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Files_that_include_each_other_are_refused()
    {
        _folder.Write("include \"test.conf\"\n", "scenarios/other.conf");

        var error = Assert.Throws<ScenarioException>(() =>
            _folder.Read("include \"other.conf\"\n" + ScenarioFolder.Plain)
        );

        Assert.Contains("circle", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_scenario_file_is_named_without_a_line()
    {
        string file = Path.Combine(_folder.Folder, "none.conf");

        var error = Assert.Throws<ScenarioException>(() => ScenarioReader.Read(file, []));

        Assert.StartsWith($"{file}: no such file", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seed", "seed", "no value")]
    [InlineData("seed=", "seed", "no value")]
    [InlineData("pvtimer.scan-periode=1us", "scenario.pvtimer.scan-periode", "unknown key")]
    [InlineData("vms.3.vcpus=1", "scenario.vms.3", "no such element")]
    [InlineData("duration.of=1s", "scenario.duration.of", "single value")]
    [InlineData("host.cpus=x", "scenario.host.cpus", "'x'")]
    public void A_mistake_on_the_command_line_is_named(string set, string key, string what)
    {
        var error = Assert.Throws<ScenarioException>(() => _folder.Read(ScenarioFolder.Plain, set));

        Assert.StartsWith($"--set: {key}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }
}
