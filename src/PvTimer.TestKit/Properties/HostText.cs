using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Costs;
using PvTimer.Model.Timers.Paravirt;
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
        if (options.Costs == SimpleCosts.Ideal)
        {
            more.Add("Costs = SimpleCosts.Ideal");
        }
        else if (options.Costs != Defaults.Costs)
        {
            throw new NotSupportedException(
                $"a script has no words for the costs {options.Costs.Name}"
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

    /// <summary>What a script says to describe hosts like these.</summary>
    public static HostOptions OptionsOf(Scenario scenario) =>
        new()
        {
            Seed = scenario.Seed,
            Pcpus = scenario.Host.Cpus,
            Sockets = scenario.Host.Sockets,
            TimerCpu = scenario.Host.TimerCpu,
            TimerCpuShared = scenario.Host.TimerCpuShared,
            Backend = scenario.Backends[0],
            PvTimer = scenario.PvTimer,
            Costs = scenario.Host.Costs,
            HaltPoll = scenario.Host.HaltPoll,
            HaltPolling = scenario.Host.HaltPolling,
            TimerAdvance = scenario.Host.TimerAdvance,
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
