using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using PvTimer.Model.Costs;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Costs;

/// <summary>Reads a cost profile: every key of <see cref="CostProfile"/>, none of which may be missing.</summary>
internal static class CostProfileReader
{
    private static readonly string QuantileForms =
        "a span with its unit, or an ascending list of them: the quantiles from minimum to maximum, "
        + $"at most {Bounds.Write(Bounds.LongestCost)}";

    /// <summary>
    /// The value of a scenario's key <c>costs</c>: a section that is a profile, or the name or the path of
    /// one, see <see cref="ReadNamed"/>. A name is looked for beside the scenario, and in the folder
    /// <c>costs</c> beside the scenario's own folder.
    /// </summary>
    public static CostProfile Read(Settings host, string scenarioFolder, List<string> inputs)
    {
        const string Key = "costs";
        if (host.Find(Key) is SourceObject)
        {
            return Profile(host.Section(Key));
        }
        string named = host.RequiredText(Key, ProfileForms);
        return ReadNamed(
            named,
            [scenarioFolder, Path.Combine(scenarioFolder, "..", "costs")],
            inputs,
            host.Find(Key)!.At,
            HoconPath.Child(host.Path, Key)
        );
    }

    /// <summary>
    /// A profile by its path (with a slash in it, or with .conf at its end), or by its name: the file NAME.conf in
    /// the first folder that has one, else the program's own of that name.
    /// </summary>
    /// <param name="named">The name or the path.</param>
    /// <param name="folders">Where files are looked for, at least one; a path is relative to the first.</param>
    /// <param name="inputs">Absolute paths of all files read so far.</param>
    /// <param name="askedAt">Where it was named.</param>
    /// <param name="key">The key that named it; empty on the command line.</param>
    /// <exception cref="ScenarioException">It is not there, or something in it cannot be used.</exception>
    public static CostProfile ReadNamed(
        string named,
        IReadOnlyList<string> folders,
        List<string> inputs,
        SourcePosition askedAt,
        string key
    )
    {
        bool isPath =
            named.Contains('/', StringComparison.Ordinal)
            || named.EndsWith(".conf", StringComparison.Ordinal);
        if (isPath)
        {
            string path = Path.Combine(folders[0], named);
            return Whole(SourceTree.Read(path, inputs, askedAt, key));
        }
        string? file = folders
            .Select(folder => Path.Combine(folder, named + ".conf"))
            .FirstOrDefault(File.Exists);
        if (file is not null)
        {
            return Whole(SourceTree.Read(file, inputs, askedAt, key));
        }
        string text =
            ShippedProfiles.TextOf(named)
            ?? throw new ScenarioException(
                askedAt,
                key,
                $"there is no cost profile '{named}'",
                ProfileForms
            );
        return Whole(SourceTree.Of(new HoconText($"{named}.conf, part of pvtimer", text, inputs)));
    }

    private static string ProfileForms =>
        $"{string.Join(", ", ShippedProfiles.Names)}, the name NAME of a file NAME.conf beside it, or the path of one";

    /// <summary>A file with one section <c>costs</c>.</summary>
    private static CostProfile Whole(SourceObject root)
    {
        Settings whole = new(root);
        CostProfile profile = Profile(whole.Section("costs"));
        whole.RejectUnknown();
        return profile;
    }

    private static CostProfile Profile(Settings from)
    {
        CostProfile profile = new()
        {
            Name = from.Name("name", NameRule.Title),
            ExitTransition = Latency(from, "exit-transition"),
            EntryTransition = Latency(from, "entry-transition"),
            MsrWriteHandler = Cost(from, "msr-write-handler"),
            PreemptionTimerHandler = OptionalCost(from, "preemption-timer-handler"),
            FastMsrWriteHandler = OptionalCost(from, "fast-msr-write-handler"),
            FastPreemptionTimerHandler = OptionalCost(from, "fast-preemption-timer-handler"),
            HltHandler = Cost(from, "hlt-handler"),
            ExternalInterruptHandler = Cost(from, "external-interrupt-handler"),
            HrtimerStart = Cost(from, "hrtimer-start"),
            HrtimerCancel = Cost(from, "hrtimer-cancel"),
            TimerInterrupt = Distribution(from, "timer-interrupt"),
            IpiHandler = Cost(from, "ipi-handler"),
            InterruptRecognition = Latency(from, "interrupt-recognition"),
            IpiSend = Cost(from, "ipi-send"),
            IpiSameSocket = Latency(from, "ipi-same-socket"),
            IpiCrossSocket = Latency(from, "ipi-cross-socket"),
            PostedInterruptProcessing = Cost(from, "posted-interrupt-processing"),
            LineTransferSameSocket = Latency(from, "line-transfer-same-socket"),
            LineTransferCrossSocket = Latency(from, "line-transfer-cross-socket"),
            ThreadWake = Cost(from, "thread-wake"),
            ContextSwitch = Cost(from, "context-switch"),
            PollExit = Cost(from, "poll-exit"),
            SchedulerSlice = Latency(from, "scheduler-slice"),
            WakeUpGranularity = Cost(from, "wake-up-granularity"),
            ScanPerVcpu = Cost(from, "scan-per-vcpu"),
            ScanPerVm = Cost(from, "scan-per-vm"),
            GuestInterruptEntry = Cost(from, "guest-interrupt-entry"),
            GuestProgram = Cost(from, "guest-program"),
            IdleStates = IdleStates(from),
            RunningStates = RunningStates(from),
            Noise = Noise(from),
        };
        from.RejectUnknown();
        return profile;
    }

    private static ImmutableArray<IdleState> IdleStates(Settings from)
    {
        const string Accepted =
            "idle-states = [ { name, from, wake }, ... ], from ascending and first 0ns";
        List<IdleState> states =
        [
            .. States(from, "idle-states", "wake", Accepted)
                .Select(state => new IdleState(state.Name, state.From, state.Table)),
        ];
        return states.Count > 0 ? [.. states] : throw from.Missing("idle-states", Accepted);
    }

    private static ImmutableArray<RunningState> RunningStates(Settings from) =>
        [
            .. States(
                    from,
                    "running-states",
                    "delay",
                    "running-states = [ { name, from, delay }, ... ], from ascending and first 0ns"
                )
                .Select(state => new RunningState(state.Name, state.From, state.Table)),
        ];

    /// <summary>A list of sections, each with the length of time from which on its table holds.</summary>
    private static List<(string Name, VirtualDuration From, CostDistribution Table)> States(
        Settings from,
        string key,
        string table,
        string accepted
    )
    {
        List<(string Name, VirtualDuration From, CostDistribution Table)> states = [];
        foreach (Settings state in from.Sections(key))
        {
            VirtualDuration begin = state.Span("from", VirtualDuration.Zero, null);
            bool inOrder =
                states.Count == 0 ? begin == VirtualDuration.Zero : begin > states[^1].From;
            if (!inOrder)
            {
                throw state.Error("from", $"'{Units.Write(begin)}' is out of order", accepted);
            }
            string name = state.Name("name", NameRule.Title);
            states.Add((name, begin, Distribution(state, table)));
            state.RejectUnknown();
        }
        return states;
    }

    private static HostNoise? Noise(Settings from)
    {
        const string Key = "noise";
        switch (from.Find(Key))
        {
            case null or SourceText { Value: "off" }:
                return null;
            case SourceObject:
                Settings section = from.Section(Key);
                HostNoise noise = new(
                    section.Span("every", VirtualDuration.Smallest, Bounds.LongestMean, null),
                    Distribution(section, "length")
                );
                section.RejectUnknown();
                return noise;
            default:
                throw from.Error(Key, "is no noise", "off, or a section { every, length }");
        }
    }

    /// <summary>Time that something takes; it may take none.</summary>
    private static VirtualDuration Cost(Settings from, string key) =>
        from.Span(key, VirtualDuration.Zero, Bounds.LongestCost, null);

    /// <summary>What only some back-ends need: it may be left out, or off.</summary>
    private static VirtualDuration? OptionalCost(Settings from, string key) =>
        from.Find(key) is null or SourceText { Value: "off" } ? null : Cost(from, key);

    /// <summary>Time between two entities, never zero.</summary>
    private static VirtualDuration Latency(Settings from, string key) =>
        from.Span(key, VirtualDuration.Smallest, Bounds.LongestCost, null);

    private static CostDistribution Distribution(Settings from, string key)
    {
        if (from.Find(key) is not SourceList)
        {
            return new CostDistribution(Cost(from, key));
        }
        List<VirtualDuration> quantiles = [];
        foreach (SourceText word in from.Words(key))
        {
            bool read = Units.TryParseSpan(word.Value, out VirtualDuration span);
            if (!read || span > Bounds.LongestCost)
            {
                bool isLong = read || Units.IsBeyond(word.Value);
                throw new ScenarioException(
                    word.At,
                    word.Path,
                    $"'{word.Value}' is {(isLong ? "too long" : "no span of time")}",
                    QuantileForms
                );
            }
            quantiles.Add(span);
        }
        bool ascends = quantiles.Zip(quantiles.Skip(1)).All(pair => pair.First <= pair.Second);
        return quantiles.Count >= 1 && ascends && quantiles[0] >= VirtualDuration.Zero
            ? new CostDistribution([.. quantiles])
            : throw from.Error(key, "is no table of quantiles", QuantileForms);
    }
}
