using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.Vmx;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Validation;

/// <summary>Which run a figure is read from: one back-end of a shipped scenario.</summary>
/// <param name="Scenario">"validation/03-tscdeadline".</param>
/// <param name="Backend">As scenarios call it.</param>
/// <param name="Sets">Each "path=value"; none: the scenario as it is.</param>
public sealed record ValidationRunKey(
    string Scenario,
    string Backend,
    params ImmutableArray<string> Sets
)
{
    /// <summary>What repeats it.</summary>
    public string Command =>
        string.Join(
            ' ',
            [
                $"pvtimer run {ShippedScenarios.PathOf(Scenario)} --backend {Backend}",
                .. Sets.Select(set => $"--set {set}"),
            ]
        );
}

/// <summary>A finished run, and what publications measure, in their units. No value is null.</summary>
internal sealed record ValidationRun(Scenario Scenario, BackendResult Result)
{
    private MachineReport Report => Result.Report;

    /// <summary>Cycles from one timer to the next, as a loop over the TSC measures them.</summary>
    public double? CyclesPerTimer =>
        Report.Timers.Fired == 0
            ? null
            : Cycles((double)Scenario.Duration.Nanoseconds / Report.Timers.Fired);

    /// <summary>Mean lateness, in cycles of the host's TSC.</summary>
    public double? MeanLatenessCycles => MeanLateness is { } mean ? Cycles(mean) : null;

    /// <summary>Smallest lateness, in cycles of the host's TSC.</summary>
    public double? LeastLatenessCycles =>
        Figures.Quantile(Report.Lateness, 0) is { } least ? Cycles(least.Nanoseconds) : null;

    /// <summary>Mean lateness in nanoseconds.</summary>
    public double? MeanLateness =>
        Report.Lateness.Count == 0 ? null : (double)Report.Lateness.Sum / Report.Lateness.Count;

    /// <summary>Exits that program a timer, for each deadline that the guest asked for.</summary>
    public double? ProgrammingExits =>
        Report.DeadlineWrites == 0 ? null : (double)DeadlineExits / Report.DeadlineWrites;

    /// <summary>MSR_WRITE of IA32_TSC_DEADLINE.</summary>
    public long DeadlineExits => Report.DeadlineExits;

    public long DeadlineWrites => Report.DeadlineWrites;

    public double CountOf(VmExitReason reason) => Find(reason)?.Count ?? 0;

    /// <summary>Per cent of all exits.</summary>
    public double? ShareOf(VmExitReason reason)
    {
        long all = Report.Exits.Sum(exit => exit.Count);
        return all == 0 ? null : 100 * CountOf(reason) / all;
    }

    /// <summary>Mean time from kvm_exit to kvm_entry, in microseconds.</summary>
    public double? MeanOf(VmExitReason reason) =>
        Find(reason) is { Count: > 0 } exit ? exit.Total.Nanoseconds / 1_000.0 / exit.Count : null;

    /// <summary>Per cent of the pCPUs' time in which they were not idle.</summary>
    public double BusyShare => 100.0 * Report.Cpu.Busy.Nanoseconds / Report.Cpu.Total.Nanoseconds;

    private ExitStatistics? Find(VmExitReason reason) =>
        Report.Exits.FirstOrDefault(exit => exit.Reason == reason);

    private double Cycles(double nanoseconds) =>
        nanoseconds * Scenario.Host.Tsc.Kilohertz / 1_000_000;
}
