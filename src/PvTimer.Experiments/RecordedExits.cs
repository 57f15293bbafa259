using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>
/// The VM-exits that the hosts of replayed recordings took: of whole recordings, because a recording counts its
/// exits only as a whole.
/// </summary>
/// <param name="ByReason">
/// Summed over all replayed VMs and their instances, by reason, ascending. Empty: no recording has exits.
/// </param>
/// <param name="ExceedReplay">The run is shorter than a recording that has exits: it replayed only a part of them.</param>
public sealed record RecordedExits(ImmutableArray<ExitStatistics> ByReason, bool ExceedReplay)
{
    /// <param name="scenario">What was run.</param>
    internal static RecordedExits Of(Scenario scenario)
    {
        SortedDictionary<VmExitReason, ExitStatistics> sums = [];
        bool exceed = false;
        foreach (VmSettings vm in scenario.Vms)
        {
            if (vm.Guest is not TraceGuest { Recording: { Exits.IsEmpty: false } recording })
            {
                continue;
            }
            exceed |= scenario.Duration < LengthOf(recording);
            foreach (ExitStatistics exit in recording.Exits)
            {
                ExitStatistics all = OfInstances(exit, vm.Count);
                sums[exit.Reason] = sums.TryGetValue(exit.Reason, out ExitStatistics? sum)
                    ? Sum(sum, all)
                    : all;
            }
        }
        return new RecordedExits([.. sums.Values], exceed);
    }

    /// <summary>How many of one reason; null: no recording has exits.</summary>
    public long? CountOf(VmExitReason reason) =>
        ByReason.IsEmpty
            ? null
            : ByReason.Where(exit => exit.Reason == reason).Sum(exit => exit.Count);

    /// <summary>How many wrote one MSR; null: no recording says which MSRs were written.</summary>
    public long? CountOf(uint msr)
    {
        MsrCount[] writes = [.. ByReason.SelectMany(exit => exit.ByMsr)];
        return writes.Length == 0
            ? null
            : writes.Where(write => write.Msr == msr).Sum(write => write.Count);
    }

    private static VirtualDuration LengthOf(RecordedGuest recording) =>
        recording.Frequency.SpanOf(recording.End.CyclesSince(recording.Start));

    private static ExitStatistics OfInstances(ExitStatistics exit, int instances) =>
        exit with
        {
            Count = exit.Count * instances,
            Total = exit.Total * instances,
            SumOfSquares = exit.SumOfSquares * (UInt128)instances,
            ByMsr = [.. exit.ByMsr.Select(write => write with { Count = write.Count * instances })],
        };

    private static ExitStatistics Sum(ExitStatistics one, ExitStatistics other) =>
        new(
            one.Reason,
            one.Count + other.Count,
            one.Total + other.Total,
            VirtualDuration.Min(one.Shortest, other.Shortest),
            VirtualDuration.Max(one.Longest, other.Longest),
            one.SumOfSquares + other.SumOfSquares,
            [
                .. one
                    .ByMsr.Concat(other.ByMsr)
                    .GroupBy(write => write.Msr, write => write.Count)
                    .OrderBy(counts => counts.Key)
                    .Select(counts => new MsrCount(counts.Key, counts.Sum())),
            ]
        );
}
