using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Costs;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;
using PvTimer.Scenarios;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit.Properties;

/// <summary>The hosts of a scenario as <see cref="HostOptions"/>, in C#.</summary>
internal static class HostText
{
    private static readonly HostOptions Defaults = new();

    /// <exception cref="NotSupportedException">The cost profile is none of <see cref="SimpleCosts"/>.</exception>
    public static string Of(HostOptions options)
    {
        List<string> more = [];
        if (options.Costs != Defaults.Costs)
        {
            more.Add($"Costs = {Of(options.Costs)}");
        }
        if (options.Distances is { } distances)
        {
            IEnumerable<string> rows = distances.Rows.Select(row =>
                $"[{row.Replace(" ", ", ", StringComparison.Ordinal)}]"
            );
            more.Add($"Distances = new SocketDistances([{string.Join(", ", rows)}])");
        }
        if (options.HaltPolling != Defaults.HaltPolling)
        {
            HaltPolling polling = options.HaltPolling;
            more.Add(
                $"HaltPolling = new HaltPolling({CodeText.Of(polling.Grow)}, {CodeText.Span(polling.GrowStart)}, {CodeText.Of(polling.Shrink)})"
            );
        }
        if (options.PvTimer != Defaults.PvTimer)
        {
            more.Add($"PvTimer = {Of(options.PvTimer)}");
        }
        if (options.Migration != Defaults.Migration)
        {
            more.Add($"Migration = {CodeText.New(options.Migration, Defaults.Migration)}");
        }
        return CodeText.New(options, Defaults, more);
    }

    /// <summary>"tsc: ..., haltPoll: ...": in what a host differs from the others; nothing: in nothing.</summary>
    /// <exception cref="NotSupportedException">The cost profile is none of <see cref="SimpleCosts"/>.</exception>
    public static string Of(OtherHostSettings other, HostSettings usual)
    {
        List<string> said = [];
        if (other.Tsc != usual.Tsc)
        {
            said.Add($"tsc: {CodeText.Of(other.Tsc)}");
        }
        if (other.Costs != usual.Costs)
        {
            said.Add($"costs: {Of(other.Costs)}");
        }
        if (other.HaltPoll != usual.HaltPoll)
        {
            said.Add($"haltPoll: {CodeText.Of(other.HaltPoll)}");
        }
        if (other.TunesTimerAdvance && !usual.TunesTimerAdvance)
        {
            said.Add("tunesTimerAdvance: true");
        }
        else if (
            other.TunesTimerAdvance != usual.TunesTimerAdvance
            || other.TimerAdvance != usual.TimerAdvance
        )
        {
            said.Add($"timerAdvance: {CodeText.Of(other.TimerAdvance)}");
        }
        if (other.Backend is { } backend)
        {
            said.Add($"backend: {CodeText.Of(backend)}");
        }
        return string.Join(", ", said);
    }

    private static string Of(CostProfile costs) =>
        costs == SimpleCosts.Ideal ? "SimpleCosts.Ideal"
        : costs == SimpleCosts.Plausible ? "SimpleCosts.Plausible"
        : throw new NotSupportedException($"a script has no words for the costs {costs.Name}");

    /// <summary>What a script says to describe hosts like these.</summary>
    public static HostOptions OptionsOf(Scenario scenario) =>
        new()
        {
            Seed = scenario.Seed,
            Pcpus = scenario.Host.Cpus,
            Sockets = scenario.Host.Sockets,
            Distances = scenario.Host.Distances,
            TimerCpu = scenario.Host.TimerCpu,
            TimerCpuShared = scenario.Host.TimerCpuShared,
            Backend = scenario.Backends[0],
            PvTimer = scenario.PvTimer,
            Costs = scenario.Host.Costs,
            HaltPoll = scenario.Host.HaltPoll,
            HaltPolling = scenario.Host.HaltPolling,
            TimerAdvance = scenario.Host.TunesTimerAdvance
                ? Defaults.TimerAdvance
                : scenario.Host.TimerAdvance,
            TunesTimerAdvance = scenario.Host.TunesTimerAdvance,
            HvTimer = scenario.Host.HvTimer,
            Tsc = scenario.Host.Tsc,
            Migration = scenario.Hosts > 1 ? scenario.Migration : Defaults.Migration,
            NetworkLatency = scenario.Network?.Latency ?? Defaults.NetworkLatency,
        };

    private static string Of(PvTimerParameters pvTimer) =>
        CodeText.New(
            pvTimer,
            Defaults.PvTimer,
            pvTimer.Flaws == PvTimerFlaws.None ? []
                : pvTimer.Flaws == PvTimerFlaws.All ? ["Flaws = PvTimerFlaws.All"]
                : [$"Flaws = new PvTimerFlaws {{ {Switches(pvTimer.Flaws)} }}"]
        );

    private static string Switches(PvTimerFlaws flaws) =>
        string.Join(", ", Flaws.NamesOf(flaws).Select(flaw => $"{flaw} = true"));
}
