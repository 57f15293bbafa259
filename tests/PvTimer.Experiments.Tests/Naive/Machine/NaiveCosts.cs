using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <summary>
/// A cost profile as plain numbers of nanoseconds, by the keys of `config/README.md`. A table counts as one of its
/// entries.
/// </summary>
internal sealed partial class NaiveCosts
{
    /// <summary>Milliseconds.</summary>
    private const int LongestMatch = 1_000;

    private readonly SortedDictionary<string, long> _figures;
    private readonly List<(long From, long Wake)> _idle;

    private NaiveCosts(SortedDictionary<string, long> figures, List<(long From, long Wake)> idle)
    {
        _figures = figures;
        _idle = idle;
        ExitTransition = figures["exit-transition"];
        EntryTransition = figures["entry-transition"];
        MsrWriteHandler = figures["msr-write-handler"];
        PreemptionTimerHandler = figures["preemption-timer-handler"];
        FastMsrWriteHandler = figures["fast-msr-write-handler"];
        FastPreemptionTimerHandler = figures["fast-preemption-timer-handler"];
        HltHandler = figures["hlt-handler"];
        ExternalInterruptHandler = figures["external-interrupt-handler"];
        HrtimerStart = figures["hrtimer-start"];
        HrtimerCancel = figures["hrtimer-cancel"];
        TimerInterrupt = figures["timer-interrupt"];
        IpiHandler = figures["ipi-handler"];
        InterruptRecognition = figures["interrupt-recognition"];
        IpiSend = figures["ipi-send"];
        PostedInterruptProcessing = figures["posted-interrupt-processing"];
        ThreadWake = figures["thread-wake"];
        ContextSwitch = figures["context-switch"];
        PollExit = figures["poll-exit"];
        ScanPerVcpu = figures["scan-per-vcpu"];
        ScanPerVm = figures["scan-per-vm"];
        GuestInterruptEntry = figures["guest-interrupt-entry"];
        GuestProgram = figures["guest-program"];
    }

    public long ExitTransition { get; }
    public long EntryTransition { get; }
    public long MsrWriteHandler { get; }
    public long PreemptionTimerHandler { get; }
    public long FastMsrWriteHandler { get; }
    public long FastPreemptionTimerHandler { get; }
    public long HltHandler { get; }
    public long ExternalInterruptHandler { get; }
    public long HrtimerStart { get; }
    public long HrtimerCancel { get; }
    public long TimerInterrupt { get; }
    public long IpiHandler { get; }
    public long InterruptRecognition { get; }
    public long IpiSend { get; }
    public long PostedInterruptProcessing { get; }
    public long ThreadWake { get; }
    public long ContextSwitch { get; }
    public long PollExit { get; }
    public long ScanPerVcpu { get; }
    public long ScanPerVm { get; }
    public long GuestInterruptEntry { get; }
    public long GuestProgram { get; }

    public long Ipi(bool sameSocket) =>
        _figures[sameSocket ? "ipi-same-socket" : "ipi-cross-socket"];

    public long Line(bool sameSocket) =>
        _figures[sameSocket ? "line-transfer-same-socket" : "line-transfer-cross-socket"];

    /// <summary>How long leaving idle takes after so long a sleep.</summary>
    public long Wake(long idleFor) => _idle.Last(state => state.From <= idleFor).Wake;

    /// <param name="file">A file of `config/costs`.</param>
    /// <param name="part">Which entry of each table counts: 0 the first, 1 the last.</param>
    public static NaiveCosts Read(string file, double part)
    {
        string text = Comment().Replace(File.ReadAllText(file), "");
        List<(long From, long Wake)> idle =
        [
            .. IdleState()
                .Matches(text)
                .Select(match =>
                    (
                        Figure(match.Groups["from"].Value, part),
                        Figure(match.Groups["wake"].Value, part)
                    )
                ),
        ];
        SortedDictionary<string, long> figures = new(StringComparer.Ordinal);
        foreach (
            Match match in Key().Matches(Braces().Replace(text[(text.IndexOf('{') + 1)..], ""))
        )
        {
            figures.Add(match.Groups["key"].Value, Figure(match.Groups["value"].Value, part));
        }
        return new NaiveCosts(figures, idle);
    }

    /// <summary>Other figures in the same place; none is less than 1 ns.</summary>
    public NaiveCosts Scaled(Func<long, long> scale)
    {
        SortedDictionary<string, long> figures = new(_figures, StringComparer.Ordinal);
        foreach (string key in _figures.Keys.Where(key => !IsOfScheduler(key)))
        {
            figures[key] = Math.Max(1, scale(_figures[key]));
        }
        return new NaiveCosts(figures, [.. _idle.Select(each => (each.From, scale(each.Wake)))]);
    }

    /// <summary>As a section of a scenario.</summary>
    public override string ToString() =>
        "costs { name = plain\n"
        + string.Concat(_figures.Select(pair => $"{pair.Key} = {pair.Value}ns\n"))
        + "idle-states = [ "
        + string.Join(
            ", ",
            _idle.Select(state =>
                $"{{ name = s{state.From}, from = {state.From}ns, wake = {state.Wake}ns }}"
            )
        )
        + " ] }";

    private static bool IsOfScheduler(string key) =>
        key is "scheduler-slice" or "wake-up-granularity";

    private static long Figure(string text, double part)
    {
        MatchCollection entries = Span().Matches(text);
        Match chosen = entries[(int)Math.Round(part * (entries.Count - 1))];
        long unit = chosen.Groups["unit"].Value switch
        {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            _ => 1_000_000_000,
        };
        return long.Parse(chosen.Groups["number"].Value, CultureInfo.InvariantCulture) * unit;
    }

    [GeneratedRegex("#.*", RegexOptions.None, LongestMatch)]
    private static partial Regex Comment();

    [GeneratedRegex(
        @"(?<number>\d+)(?<unit>ns|us|ms|s)",
        RegexOptions.ExplicitCapture,
        LongestMatch
    )]
    private static partial Regex Span();

    [GeneratedRegex(
        @"from = (?<from>\w+),\s*wake = (?<wake>\[[^\]]*\]|\w+)",
        RegexOptions.ExplicitCapture,
        LongestMatch
    )]
    private static partial Regex IdleState();

    [GeneratedRegex(@"\{[^{}]*\}", RegexOptions.None, LongestMatch)]
    private static partial Regex Braces();

    [GeneratedRegex(
        @"(?<key>[a-z-]+) = (?<value>\[\s*\d[^\]]*\]|\d+[a-z]+)",
        RegexOptions.ExplicitCapture,
        LongestMatch
    )]
    private static partial Regex Key();
}
