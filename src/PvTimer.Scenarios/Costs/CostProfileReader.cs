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
    private const string QuantileForms =
        "a span with its unit, or an ascending list of them: the quantiles from minimum to maximum";

    /// <summary>
    /// The value of a scenario's key <c>costs</c>: a section that is a profile, the path of a file that
    /// holds one, or the bare name of a file in the folder <c>costs</c> beside the scenario's own folder.
    /// </summary>
    public static CostProfile Read(Settings host, string scenarioFolder, List<string> inputs)
    {
        const string Key = "costs";
        if (host.Find(Key) is SourceObject)
        {
            return Profile(host.Section(Key));
        }
        string named = host.RequiredText(Key, "the name or the path of a cost profile");
        string file = Locate(named, scenarioFolder);
        return ReadFile(file, inputs, host.Find(Key)!.At, HoconPath.Child(host.Path, Key));
    }

    /// <summary>A file with one section <c>costs</c>.</summary>
    public static CostProfile ReadFile(
        string file,
        List<string> inputs,
        SourcePosition askedAt,
        string key
    )
    {
        Settings whole = new(SourceTree.Read(file, inputs, askedAt, key));
        CostProfile profile = Profile(whole.Section("costs"));
        whole.RejectUnknown();
        return profile;
    }

    private static string Locate(string named, string scenarioFolder)
    {
        if (named.EndsWith(".conf", StringComparison.Ordinal))
        {
            return Path.Combine(scenarioFolder, named);
        }
        string beside = Path.Combine(scenarioFolder, "..", "costs", named + ".conf");
        string here = Path.Combine(scenarioFolder, named + ".conf");
        return File.Exists(here) && !File.Exists(beside) ? here : beside;
    }

    private static CostProfile Profile(Settings from)
    {
        CostProfile profile = new()
        {
            Name = from.RequiredText("name", "the profile's name"),
            ExitTransition = Latency(from, "exit-transition"),
            EntryTransition = Latency(from, "entry-transition"),
            MsrWriteHandler = Cost(from, "msr-write-handler"),
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
        };
        from.RejectUnknown();
        return profile;
    }

    private static ImmutableArray<IdleState> IdleStates(Settings from)
    {
        const string Accepted =
            "idle-states = [ { name, from, wake }, ... ], from ascending and first 0ns";
        List<IdleState> states = [];
        foreach (Settings state in from.Sections("idle-states"))
        {
            VirtualDuration begin = Cost(state, "from");
            bool inOrder =
                states.Count == 0 ? begin == VirtualDuration.Zero : begin > states[^1].From;
            if (!inOrder)
            {
                throw state.Error("from", $"'{Units.Write(begin)}' is out of order", Accepted);
            }
            string name = state.RequiredText("name", "the state's name");
            states.Add(new IdleState(name, begin, Distribution(state, "wake")));
            state.RejectUnknown();
        }
        return states.Count > 0 ? [.. states] : throw from.Missing("idle-states", Accepted);
    }

    /// <summary>Time that something takes; it may take none.</summary>
    private static VirtualDuration Cost(Settings from, string key) =>
        from.Span(key, VirtualDuration.Zero, null);

    /// <summary>Time between two entities, never zero.</summary>
    private static VirtualDuration Latency(Settings from, string key) =>
        from.Span(key, VirtualDuration.Smallest, null);

    private static CostDistribution Distribution(Settings from, string key)
    {
        if (from.Find(key) is not SourceList)
        {
            return new CostDistribution(Cost(from, key));
        }
        List<VirtualDuration> quantiles = [];
        foreach (SourceText word in from.Words(key))
        {
            if (!Units.TryParseSpan(word.Value, out VirtualDuration span))
            {
                throw new ScenarioException(
                    word.At,
                    word.Path,
                    $"'{word.Value}' is no span of time",
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
