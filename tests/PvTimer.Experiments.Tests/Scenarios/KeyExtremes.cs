using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>
/// What one key of <see cref="KeyExtremes.Scenario"/> may hold at least and at most, and the nearest values
/// that are refused.
/// </summary>
/// <param name="Path">The key, as --set names it.</param>
/// <param name="Least">The smallest value that is accepted.</param>
/// <param name="Most">The greatest one.</param>
/// <param name="Below">Smaller than that, refused; empty: nothing is smaller.</param>
/// <param name="Above">Greater than that, refused; empty: nothing is greater.</param>
/// <param name="With">What else must be set for these values.</param>
public sealed record KeyExtremes(
    string Path,
    string Least,
    string Most,
    string Below,
    string Above,
    params string[] With
)
{
    /// <summary>The guest does much even in a short time: not to be run for long.</summary>
    public bool IsBusy { get; init; }

    private const string Year = "31536000s";
    private const string OverYear = "31536000000000001ns";
    private const string MostUlong = "18446744073709551615";
    private const string OverUlong = "18446744073709551616";

    /// <summary>All sections and all kinds of guests and events; its guests seldom do anything.</summary>
    public const string Scenario = """
        scenario {
          name = "every key", seed = 1, duration = 20us, hosts = 3
          host { cpus = 8, sockets = 2, costs = skylake, timer-advance = 1us }
          other-hosts = [ { host = 2, tsc = 2ghz } ]
          pvtimer { scan-period = 30000000s }
          vms = [
            { name = tick, host = 0, guest { type = tick } }
            { name = grid, host = 0, vcpus = 2, guest { type = cyclictest, period = 8640000s, threads = 2, work = 1s } }
            { name = sleep, host = 0, guest { type = nanosleep, sleep = 8640000s } }
            { name = chance, host = 0, guest { type = exponential, mean = 604800s } }
            { name = flat, host = 0, guest { type = uniform, shortest = 8640000s, longest = 9000000s } }
            { name = idle, host = 1, guest { type = idle, period = 8640000s } }
            { name = told, host = 0, guest { type = commanded } }
            { name = count, host = 0, apic-bus-cycle = 1us, guest { type = lapic-timer, period = 4294967295us } }
            { name = rearm, host = 1, guest { type = tscdeadline-latency, delta = 4611686018427387904cycles } }
            { name = exits, host = 1, guest { type = tscdeadline, ahead = 4611686018427387904cycles } }
            { name = answers, host = 0, guest { type = tcp-rr, response = 8640000s, rto = 9000000s } }
            { name = serves, host = 0, guest { type = redis-like, interval = 604800s, cron = 8640000s } }
            { name = storms, host = 0, guest { type = storm, distance = 8640000s, pause = 8640000s } }
            { name = mixed, host = 0, vcpus = 2
              guest { type = mix, guests = [ { type = idle, period = 8640000s }, { type = nanosleep, sleep = 8640000s } ] } }
          ]
          network { latency = 50us, bandwidth = 10gbit/s }
          migration { bandwidth = 10gbit/s }
          events = [
            { at = 1us, move = "grid/vcpu-0", to = "pcpu-0" }
            { at = 2us, migrate = "sleep", to = "h2" }
            { at = 1us, guest = "told/vcpu-0", do = [ "program 5us" ], in-handler = [ "disarm" ] }
            { at = 2us, interrupt = "told/vcpu-0", vector = 0x51 }
            { at = 3us, set-msr = "told/vcpu-0", msr = 0x6e0, value = 0 }
            { at = 4us, save-restore = "told/vcpu-0" }
            { at = 5us, stall = "h1/pcpu-7", for = 1us }
            { at = 6us, offline = "h2/pcpu-7" }
            { at = 7us, pause = "idle", for = 1us }
          ]
          question = "what for?"
          sweep { over = [ "host.cpus=8,16" ], repeat = 3 }
          placement { pins { "h0" : "node-1" } }
          thresholds { "pvtimer.lateness.p99" = "< 1s" }
        }
        """;

    /// <summary>What the cost profile of <see cref="Scenario"/> leaves out.</summary>
    public static ImmutableArray<string> OptionalCosts { get; } =
    [
        "host.costs.running-states=[{ name = any, from = 0ns, delay = 1us }]",
        "host.costs.noise={ every = 8640s, length = 1us }",
        "other-hosts.0.costs.running-states=[{ name = any, from = 0ns, delay = 1us }]",
        "other-hosts.0.costs.noise={ every = 8640s, length = 1us }",
    ];

    /// <summary>
    /// Keys that hold no quantity: names, choices, switches, and bounds that are only compared with. A list's
    /// index and a free name are "#".
    /// </summary>
    public static ImmutableHashSet<string> Words { get; } =
    [
        "name",
        "question",
        "sweep.over.#",
        "backends.#",
        "other-hosts.#.backend",
        "host.timer-cpu",
        "host.timer-cpu-shared",
        "host.hv-timer",
        "host.costs.name",
        "host.costs.idle-states.#.name",
        "host.costs.running-states.#.name",
        "host.noise",
        "pvtimer.variant",
        "pvtimer.worker",
        "pvtimer.weak-exchange",
        "pvtimer.flaws.#",
        "vms.#.name",
        "vms.#.pin",
        "vms.#.tsc-scaling",
        "vms.#.apicv",
        "vms.#.hlt-exits",
        "vms.#.guest-halt-poll-allow-shrink",
        "vms.#.mwait",
        "vms.#.restore-order.#",
        "vms.#.clock-event",
        "vms.7.guest.mode",
        "vms.#.idle",
        "vms.#.guest.type",
        "vms.0.guest.no-hz",
        "vms.11.guest.arrivals",
        "vms.#.guest.guests.#.type",
        "migration.tsc",
        "events.#.move",
        "events.#.to",
        "events.#.migrate",
        "events.#.guest",
        "events.#.interrupt",
        "events.#.set-msr",
        "events.#.save-restore",
        "events.#.stall",
        "events.#.pause",
        "events.#.offline",
        "placement.policy",
        "placement.pins.#",
        "thresholds.#",
    ];

    /// <summary>One row for each key that holds a quantity, but the costs, see <see cref="OfCost"/>.</summary>
    public static ImmutableArray<KeyExtremes> All { get; } =
    [
        new("seed", "0", MostUlong, "-1", OverUlong),
        new("sweep.repeat", "1", "10000", "0", "10001"),
        new("duration", "1ns", Year, "0ns", OverYear, "events=[]"),
        new("hosts", "1", "10000", "0", "10001", [.. OneVm]),
        new("host.cpus", "1", "4096", "0", "4097", [.. OneCpu]),
        new("host.sockets", "1", "8", "0", "4097"),
        new("host.tsc", "1khz", "100ghz", "0khz", "100000001khz"),
        new(
            "host.costs.idle-states.1.from",
            "1ns",
            Year,
            "0ns",
            OverYear,
            [.. TwoStates("idle", "wake")]
        ),
        new(
            "host.costs.running-states.1.from",
            "1ns",
            Year,
            "0ns",
            OverYear,
            [.. TwoStates("running", "delay")]
        ),
        new(
            "host.costs.noise.every",
            "1ns",
            "604800s",
            "0ns",
            "604800000000001ns",
            "host.noise=on",
            "duration=1us",
            "events=[]"
        ),
        new("host.costs.noise.length", "0ns", "1s", "-1ns", "1000000001ns", "host.noise=on"),
        new("host.halt-poll", "0ns", "1s", "-1ns", "1000000001ns"),
        new("host.halt-poll-grow", "0", "1000", "-1", "1001"),
        new("host.halt-poll-grow-start", "0ns", "1s", "-1ns", "1000000001ns"),
        new("host.halt-poll-shrink", "0", "1000", "-1", "1001"),
        new("host.uptime", "0ns", Year, "-1ns", OverYear),
        new("host.timer-advance", "0ns", "1s", "-1ns", "1000000001ns"),
        new("other-hosts.0.host", "0", "2", "-1", "3"),
        new("other-hosts.0.tsc", "1khz", "100ghz", "0khz", "100000001khz"),
        new("other-hosts.0.halt-poll", "0ns", "1s", "-1ns", "1000000001ns"),
        new("other-hosts.0.timer-advance", "0ns", "1s", "-1ns", "1000000001ns"),
        new("pvtimer.scan-period", "1us", Year, "999ns", OverYear),
        new("pvtimer.padding", "0cycles", Cycles(62), "-1cycles", CyclesOver(62)),
        new("pvtimer.enable-msr", "0x0", "0xffffffff", "-0x1", "0x100000000"),
        new("pvtimer.cpuid-bit", "0", "31", "-1", "32"),
        new("vms.5.count", "1", "4096", "0", "4097"),
        new("vms.5.vcpus", "1", "4096", "0", "4097"),
        new("vms.1.tsc", "1khz", "100ghz", "0khz", "100000001khz"),
        new("vms.1.tsc-offset", "0cycles", Cycles(62), "-1cycles", CyclesOver(62)),
        new("vms.1.tsc-skew", "0cycles", Cycles(62), "-1cycles", CyclesOver(62)),
        new("vms.1.apic-bus-cycle", "1ns", "1us", "0ns", "1001ns"),
        new("vms.1.cpu-quota", "0ns", "100ms", "-1ns", "100000001ns"),
        new("vms.1.cpu-period", "1ms", "1s", "999999ns", "1000000001ns"),
        new("vms.1.cpu-weight", "1", "10000", "0", "10001"),
        new("vms.1.guest-halt-poll", "0ns", "1s", "-1ns", "1000000001ns"),
        new("vms.1.guest-halt-poll-grow", "0", "1000", "-1", "1001", "vms.1.guest-halt-poll=1s"),
        new(
            "vms.1.guest-halt-poll-grow-start",
            "0ns",
            "1s",
            "-1ns",
            "1000000001ns",
            "vms.1.guest-halt-poll=1s"
        ),
        new("vms.1.guest-halt-poll-shrink", "0", "1000", "-1", "1001", "vms.1.guest-halt-poll=1s"),
        new("vms.1.move-every", "0ns", Year, "-1ns", OverYear),
        new("vms.5.host", "0", "2", "-1", "3"),
        new("vms.0.guest.hz", "1", "100000", "0", "100001") { IsBusy = true },
        new("vms.0.guest.work", "0ns", "9999999999ns", "-1ns", "10s", "vms.0.guest.hz=1")
        {
            IsBusy = true,
        },
        new("vms.1.guest.period", "2ns", Year, "0ns", OverYear),
        new("vms.1.guest.threads", "1", "1000", "0", "1001"),
        new("vms.1.guest.threads", "1", "7", "0", "8", "vms.1.guest.period=7ns") { IsBusy = true },
        new("vms.1.guest.offset", "0ns", Year, "-1ns", OverYear),
        new("vms.1.guest.work", "0ns", Year, "-1ns", OverYear),
        new("vms.2.guest.sleep", "1ns", Year, "0ns", OverYear),
        new("vms.2.guest.work", "0ns", Year, "-1ns", OverYear),
        new("vms.3.guest.mean", "1ns", "604800s", "0ns", "604800000000001ns"),
        new("vms.4.guest.shortest", "1ns", "9000000s", "0ns", OverYear),
        new("vms.4.guest.longest", "8640000s", Year, "0ns", OverYear),
        new("vms.5.guest.period", "1ns", Year, "0ns", OverYear),
        new("vms.7.guest.period", "1us", "4294967295us", "999ns", "4294967296us"),
        new("vms.7.guest.work", "0ns", Year, "-1ns", OverYear),
        new("vms.8.guest.delta", "1cycles", Cycles(62), "0cycles", CyclesOver(62))
        {
            IsBusy = true,
        },
        new("vms.9.guest.ahead", "0cycles", Cycles(62), "-1cycles", CyclesOver(62))
        {
            IsBusy = true,
        },
        new("vms.10.guest.response", "1ns", Year, "0ns", OverYear),
        new("vms.10.guest.work", "0ns", Year, "-1ns", OverYear),
        new("vms.10.guest.send", "1ns", Year, "0ns", OverYear),
        new("vms.10.guest.hz", "1", "100000", "0", "100001"),
        new("vms.10.guest.rto", "1ns", Year, "0ns", OverYear),
        new("vms.11.guest.interval", "1ns", "604800s", "0ns", "604800000000001ns"),
        new("vms.11.guest.work", "0ns", Year, "-1ns", OverYear),
        new("vms.11.guest.send", "1ns", Year, "0ns", OverYear),
        new("vms.11.guest.cron", "1ns", Year, "0ns", OverYear),
        new("vms.11.guest.cron-work", "0ns", Year, "-1ns", OverYear),
        new("vms.12.guest.distance", "1ns", Year, "0ns", OverYear),
        new("vms.12.guest.timers", "1", "1000000", "0", "1000001"),
        new("vms.12.guest.pause", "1ns", Year, "0ns", OverYear),
        new("vms.13.guest.guests.0.period", "1ns", Year, "0ns", OverYear),
        new("vms.13.guest.guests.1.sleep", "1ns", Year, "0ns", OverYear),
        new("vms.13.guest.guests.1.work", "0ns", Year, "-1ns", OverYear),
        new("network.latency", "1us", "1s", "999ns", "1000000001ns"),
        new("network.bandwidth", "1mbit/s", "1000gbit/s", "999kbit/s", "1000000001kbit/s"),
        new("migration.memory", "1bytes", "65536gib", "0bytes", "70368744177665bytes", [.. Fast]),
        new("migration.memory", "1bytes", "3671gib", "0bytes", "3672gib", [.. Slow]),
        new("migration.dirty-rate", "0bit/s", "1000gbit/s", "-1bit/s", "1000000001kbit/s"),
        new("migration.bandwidth", "1mbit/s", "1000gbit/s", "999kbit/s", "1000000001kbit/s"),
        new("migration.max-downtime", "0ns", Year, "-1ns", OverYear),
        new("migration.max-rounds", "1", "1000", "0", "1001"),
        new("events.6.at", "0ns", "19999ns", "-1ns", Year),
        new("events.6.for", "1ns", Year, "0ns", OverYear),
        new("events.8.for", "1ns", Year, "0ns", OverYear),
        new("events.3.vector", "16", "255", "15", "256"),
        new("events.4.msr", "0x10", "0x4b564d05", "0xf", "0x4b564d06"),
        .. new[] { "0x6e0", "0x10", "0x3b", "0x4b564d05" }.Select(msr => new KeyExtremes(
            "events.4.value",
            "0",
            MostUlong,
            "-1",
            OverUlong,
            $"events.4.msr={msr}"
        )),
        .. new[] { "0x80f", "0x832", "0x838", "0x83e" }.Select(msr => new KeyExtremes(
            "events.4.value",
            "0",
            "0xffffffff",
            "-1",
            "0x100000000",
            $"events.4.msr={msr}"
        )),
        new("events.4.value", "0", "255", "-1", "256", "events.4.msr=0x808"),
        Told("program", $"-{Year}", Year, $"-{OverYear}", OverYear),
        Told("write-deadline", $"-{Year}", Year, $"-{OverYear}", OverYear),
        Told("compute", "0ns", Year, "-1ns", OverYear),
        Told("program-tsc", "0", MostUlong, "-1", OverUlong),
        Told("write-msr 0x6e0", "0", MostUlong, "-1", OverUlong),
        Told("read-msr", "0x0", "0xffffffff", "-1", "0x100000000"),
        new(
            "events.2.in-handler.0",
            "halt",
            $"\"compute {Year}\"",
            "\"halt 1\"",
            $"\"compute {OverYear}\""
        ),
    ];

    private static IEnumerable<string> OneVm =>
        [
            "host.cpus=2",
            "host.sockets=1",
            "host.timer-cpu=last",
            "vms=[{ name = one, guest { type = idle, period = 31536000s } }]",
            "other-hosts=[]",
            "events=[]",
        ];

    private static IEnumerable<string> OneCpu =>
        ["host.sockets=1", "host.timer-cpu=0", "host.timer-cpu-shared=true", "events=[]"];

    private static IEnumerable<string> TwoStates(string kind, string table) =>
        [
            $"host.costs.{kind}-states=[{{ name = a, from = 0ns, {table} = 1us }}, {{ name = b, from = 1ns, {table} = 1us }}]",
        ];

    private static IEnumerable<string> Fast =>
        [
            "network.bandwidth=1000gbit/s",
            "migration.bandwidth=1000gbit/s",
            "migration.dirty-rate=1000gbit/s",
            "migration.max-rounds=1000",
        ];

    private static IEnumerable<string> Slow =>
        [
            "migration.bandwidth=1mbit/s",
            "migration.dirty-rate=1000gbit/s",
            "migration.max-rounds=1",
        ];

    /// <summary>A cost: up to one second.</summary>
    public static KeyExtremes OfCost(string path, bool isLatency) =>
        new(path, isLatency ? "1ns" : "0ns", "1s", isLatency ? "0ns" : "-1ns", "1000000001ns");

    private static KeyExtremes Told(
        string verb,
        string least,
        string most,
        string below,
        string above
    ) =>
        new(
            "events.2.do.0",
            $"\"{verb} {least}\"",
            $"\"{verb} {most}\"",
            $"\"{verb} {below}\"",
            $"\"{verb} {above}\""
        );

    private static string Cycles(int bits) => FormattableString.Invariant($"{1L << bits}cycles");

    private static string CyclesOver(int bits) =>
        FormattableString.Invariant($"{(1L << bits) + 1}cycles");
}
