using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Costs;
using PvTimer.Model.Processors;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;
using PvTimer.Scenarios.Costs;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads <c>host { ... }</c>: what every host of the scenario is.</summary>
internal static class HostReader
{
    private const int MostCpus = 4_096;

    private const string TimerAdvanceKey = "timer-advance";

    private const string DistancesKey = "distances";

    private const string AcceptedDistances =
        "a row for each socket, as numactl --hardware prints them: [\"10 21\", \"21 10\"]; 10 to itself, 11 to 254 to another, the same both ways";

    /// <summary>KVM tunes it.</summary>
    public const string Auto = "auto";

    /// <summary>Factors by which the halt-polling window changes.</summary>
    private const int MostSteps = 1_000;

    /// <param name="from">The section.</param>
    /// <param name="needsCpu">A back-end of the scenario needs a CPU of its own, the timer CPU or a housekeeping one.</param>
    /// <param name="context">Where cost profiles are looked for.</param>
    public static HostSettings Read(Settings from, bool needsCpu, ReadingContext context)
    {
        int cpus = from.Whole("cpus", 1, MostCpus, null);
        int sockets = from.Whole("sockets", 1, MostCpus, 1);
        if (sockets > cpus)
        {
            throw from.Error(
                "sockets",
                Text($"{sockets} sockets cannot hold {cpus} cpus"),
                "at most as many sockets as cpus"
            );
        }
        if (cpus % sockets != 0)
        {
            throw from.Error(
                "sockets",
                Text($"{cpus} cpus cannot be divided evenly by {sockets} sockets"),
                "a number that divides cpus"
            );
        }
        bool shared = from.Flag("timer-cpu-shared", false);
        HostSettings host = new(
            cpus,
            sockets,
            from.Frequency("tsc", TscFrequency.FromMegahertz(2_500)),
            TimerCpu(from, cpus, shared, needsCpu),
            shared,
            CostProfileReader.Read(from, context.Folder, context.Inputs),
            from.Span(
                "halt-poll",
                VirtualDuration.Zero,
                Bounds.LongestCost,
                VirtualDuration.FromMicroseconds(200)
            ),
            TimerAdvance(from, VirtualDuration.Zero),
            from.Flag("hv-timer", false),
            from.Choice<bool>("noise", false, ("off", false), ("on", true))
        )
        {
            Distances = Distances(from, sockets),
            Uptime = from.Span("uptime", VirtualDuration.Zero, VirtualDuration.Zero),
            TunesTimerAdvance = IsTuned(from, false),
            HaltPolling = new HaltPolling(
                from.Whole("halt-poll-grow", 0, MostSteps, HaltPolling.Default.Grow),
                from.Span(
                    "halt-poll-grow-start",
                    VirtualDuration.Zero,
                    Bounds.LongestCost,
                    HaltPolling.Default.GrowStart
                ),
                from.Whole("halt-poll-shrink", 0, MostSteps, HaltPolling.Default.Shrink)
            ),
        };
        context.HostTsc = from.Has("tsc") ? host.Tsc : null;
        from.RejectUnknown();
        RejectNoNoise(from, "noise", host.Noise, host.Costs);
        return host;
    }

    /// <summary>A row for each socket, as `numactl --hardware` prints them.</summary>
    private static SocketDistances? Distances(Settings from, int sockets)
    {
        ImmutableArray<SourceText> rows = from.Words(DistancesKey);
        if (rows.IsEmpty)
        {
            return null;
        }
        ImmutableArray<ImmutableArray<int>> read =
        [
            .. rows.Select(row =>
                row.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(word => Distance(from, word))
                    .ToImmutableArray()
            ),
        ];
        string? flaw =
            SocketDistances.FlawOf(read)
            ?? (read.Length == sockets ? null : Text($"{read.Length} rows for {sockets} sockets"));
        return flaw is null
            ? new SocketDistances(read)
            : throw from.Error(DistancesKey, flaw, AcceptedDistances);
    }

    private static int Distance(Settings from, string word) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int distance)
            ? distance
            : throw from.Error(DistancesKey, $"'{word}' is no distance", AcceptedDistances);

    /// <summary>Reads <c>other-hosts = [ { host = 1, ... } ]</c>: what some hosts have otherwise than the others.</summary>
    public static ImmutableArray<OtherHostSettings> ReadOthers(
        Settings scenario,
        HostSettings usual,
        int hosts,
        ReadingContext context
    )
    {
        List<OtherHostSettings> others = [];
        foreach (Settings from in scenario.Sections("other-hosts"))
        {
            OtherHostSettings other = new(
                from.Whole("host", 0, hosts - 1, null),
                from.Frequency("tsc", usual.Tsc),
                from.Find("costs") is null
                    ? usual.Costs
                    : CostProfileReader.Read(from, context.Folder, context.Inputs),
                from.Span("halt-poll", VirtualDuration.Zero, Bounds.LongestCost, usual.HaltPoll),
                TimerAdvance(from, usual.TimerAdvance)
            )
            {
                TunesTimerAdvance = IsTuned(from, usual.TunesTimerAdvance),
                Backend = BackendReader.ReadOwn(from),
            };
            from.RejectUnknown();
            RejectNoNoise(from, "costs", usual.Noise, other.Costs);
            if (others.Any(each => each.Host == other.Host))
            {
                throw from.Error("host", Text($"h{other.Host} is described twice"), "another host");
            }
            others.Add(other);
        }
        return [.. others];
    }

    /// <exception cref="ScenarioException">The noise is on, and the profile has none.</exception>
    private static void RejectNoNoise(Settings from, string key, bool noise, CostProfile costs)
    {
        if (noise && costs.Noise is null)
        {
            throw from.Error(
                key,
                $"profile {costs.Name} has no noise to switch on",
                "noise off, or a profile with the key noise"
            );
        }
    }

    /// <summary>`lapic_timer_advance_ns`: as long as it is said, or where its tuning begins.</summary>
    private static VirtualDuration TimerAdvance(Settings from, VirtualDuration otherwise) =>
        from.Text(TimerAdvanceKey) == Auto
            ? TimerAdvanceTuning.Initial
            : from.Span(
                TimerAdvanceKey,
                VirtualDuration.Zero,
                Bounds.LongestCost,
                otherwise,
                also: $"{Auto}, or "
            );

    private static bool IsTuned(Settings from, bool otherwise) =>
        from.Text(TimerAdvanceKey) is { } text ? text == Auto : otherwise;

    private static int? TimerCpu(Settings from, int cpus, bool shared, bool needsCpu)
    {
        const string Key = "timer-cpu";
        string absent = needsCpu ? "offline" : "none";
        string accepted = Text($"last, {absent}, or a cpu from 0 to {cpus - 1}");
        string text = from.Text(Key) ?? "last";
        if (text == "none" && needsCpu)
        {
            throw from.Error(Key, "a back-end of the scenario needs a cpu of its own", accepted);
        }
        if (text is "none" or "offline")
        {
            return null;
        }
        bool number = int.TryParse(text, CultureInfo.InvariantCulture, out int cpu);
        if (text != "last" && (!number || cpu < 0 || cpu >= cpus))
        {
            string what = number ? Text($"there is no cpu {cpu}") : $"'{text}' is no cpu";
            throw from.Error(Key, what, accepted);
        }
        if (cpus == 1 && !shared)
        {
            throw from.Error(
                Key,
                "the only cpu is the timer cpu, none is left for vCPUs",
                Text($"timer-cpu = {absent}, timer-cpu-shared = true, or more cpus")
            );
        }
        return number ? cpu : cpus - 1;
    }

    private static string Text(System.FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
