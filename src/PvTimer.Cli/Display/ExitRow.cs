using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Formats.Writers;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Vmx;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Display;

/// <summary>
/// Exits that stand in one row of the comparison. Runs whose VMs have one processor's names each share their rows:
/// "MSR_WRITE / msr". A run whose VMs have both has a row for each, so that neither is counted as the other.
/// </summary>
/// <param name="Name">As perf prints it.</param>
/// <param name="Reasons">What is counted, and under whose names.</param>
/// <param name="HasRecorded">Recorded exits are counted here: they have no names of their own.</param>
internal sealed record ExitRow(
    string Name,
    ImmutableArray<(VmExitReason Reason, ExitNames Names)> Reasons,
    bool HasRecorded
)
{
    private static readonly VmExitReason[] AlwaysShown =
    [
        VmExitReason.MsrWrite,
        VmExitReason.Hlt,
        VmExitReason.ExternalInterrupt,
    ];

    /// <summary>Reasons that all runs know first, then those that were seen.</summary>
    public static IEnumerable<ExitRow> Of(ExperimentResult result, RecordedExits? recorded)
    {
        ImmutableArray<ExitNames>[] runs =
        [
            .. result.Backends.Select(each => result.Scenario.ExitNamesOn(each.Backend)),
        ];
        ImmutableArray<ExitNames> all = [.. runs.SelectMany(names => names).Distinct()];
        ImmutableArray<ImmutableArray<ExitNames>> together = runs.Any(names => names.Length > 1)
            ? [.. all.Select(names => ImmutableArray.Create(names))]
            : [all];
        IEnumerable<VmExitReason> seen = result
            .Backends.SelectMany(backend => backend.Report.Exits)
            .Concat(recorded?.ByReason ?? [])
            .Where(exit => exit.Count > 0)
            .Select(exit => exit.Reason);
        return AlwaysShown
            .Union(seen)
            .SelectMany(
                reason => together,
                (reason, names) => (Name: NameOf(reason, names), reason, names)
            )
            .GroupBy(each => each.Name, StringComparer.Ordinal)
            .Select(row => new ExitRow(
                row.Key,
                [.. row.SelectMany(each => each.names, (each, names) => (each.reason, names))],
                row.Any(each => each.names == together[0])
            ));
    }

    public long CountOf(MachineReport report) => In(report).Sum(exit => exit.Count);

    public long CountOf(MachineReport report, uint msr) =>
        In(report)
            .Where(exit => !exit.ByMsr.IsDefaultOrEmpty)
            .SelectMany(exit => exit.ByMsr)
            .Where(each => each.Msr == msr)
            .Sum(each => each.Count);

    /// <summary>Null: no recording has exits.</summary>
    public long? CountOf(RecordedExits? recorded) =>
        HasRecorded && recorded is { ByReason.IsEmpty: false }
            ? Reasons.Select(each => each.Reason).Distinct().Sum(recorded.CountOf)
            : null;

    /// <summary>Null: no recording says which MSRs were written.</summary>
    public long? CountOf(RecordedExits? recorded, uint msr) =>
        HasRecorded ? recorded?.CountOf(msr) : null;

    /// <summary>The MSRs whose writes are counted by themselves.</summary>
    public IEnumerable<(uint Msr, string Name)> Msrs(Scenario scenario)
    {
        if (Reasons.All(each => each.Reason != VmExitReason.MsrWrite))
        {
            yield break;
        }
        yield return (MsrIndex.Ia32TscDeadline, "6e0 (TSC deadline)");
        yield return (MsrIndex.X2ApicIcr, "830 (IPI)");
        if (scenario.Vms.Any(vm => !vm.HasApicv))
        {
            yield return (MsrIndex.X2ApicEoi, "80b (EOI)");
        }
    }

    private static string NameOf(VmExitReason reason, ImmutableArray<ExitNames> names) =>
        string.Join(" / ", names.Select(own => VmExitReasonNames.NameOf(reason, own)));

    private IEnumerable<ExitStatistics> In(MachineReport report) =>
        report.Exits.Where(exit => Reasons.Contains((exit.Reason, exit.Names)));
}
