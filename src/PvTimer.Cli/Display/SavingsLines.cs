using System.Collections.Generic;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Model.Description;
using PvTimer.Model.Reports;

namespace PvTimer.Cli.Display;

/// <summary>What pvtimer saved against the hrtimer baseline, and what that cost; per second of virtual time.</summary>
internal static class SavingsLines
{
    public static IEnumerable<string> Of(ExperimentResult result)
    {
        MachineReport? baseline = Find(result, TimerBackend.Hrtimer);
        MachineReport? pvTimer = Find(result, TimerBackend.PvTimer);
        if (baseline is null || pvTimer is null)
        {
            yield break;
        }
        double seconds = result.Scenario.Duration.Nanoseconds / 1e9;
        double exits =
            (ComparisonTable.AllExits(baseline) - ComparisonTable.AllExits(pvTimer)) / seconds;
        double onGuestCpus = (HostWork(baseline) - HostWork(pvTimer)) / seconds;
        double timerCpu = pvTimer.TimerCpu.Busy.Nanoseconds / seconds;
        double net = (baseline.Cpu.Busy.Nanoseconds - pvTimer.Cpu.Busy.Nanoseconds) / seconds;
        yield return $"pvtimer saves  {Quantities.Count(exits)} exits/s, and "
            + $"{Quantities.Span(onGuestCpus)} of exit and interrupt time per second on the vCPUs' pCPUs";
        yield return $"pvtimer costs  {Quantities.Span(timerCpu)} per second on the timer CPU; "
            + (
                net >= 0
                    ? $"all pCPUs together are {Quantities.Span(net)} per second less busy"
                    : $"all pCPUs together are {Quantities.Span(-net)} per second busier"
            );
        yield return "pvtimer's figures are a prediction under these costs: no measurement of it was ever published.";
    }

    /// <summary>Time the host takes from the pCPUs that run vCPUs, in nanoseconds.</summary>
    private static double HostWork(MachineReport report) =>
        report.Cpu.Exit.Nanoseconds
        + report.Cpu.Interrupt.Nanoseconds
        - report.TimerCpu.Exit.Nanoseconds
        - report.TimerCpu.Interrupt.Nanoseconds;

    private static MachineReport? Find(ExperimentResult result, TimerBackend backend) =>
        result.Backends.FirstOrDefault(each => each.Backend == backend)?.Report;
}
