using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <summary>
/// One vCPU's VM-exits by reason, timed as `perf kvm stat` times them: from kvm_exit to the next kvm_entry,
/// so that HLT includes the time blocked.
/// </summary>
/// <param name="names">Whose names they have.</param>
internal sealed class ExitLedger(ExitNames names = ExitNames.Vmx) : IStateful
{
    private sealed class Tally : IStateful
    {
        public long Count;
        public VirtualDuration Total;
        public VirtualDuration Shortest;
        public VirtualDuration Longest;
        public UInt128 SumOfSquares;
        public SortedDictionary<uint, long> ByMsr { get; } = [];

        public void Transfer(StateTransfer state)
        {
            Count = state.Value(Count);
            Total = state.Value(Total);
            Shortest = state.Value(Shortest);
            Longest = state.Value(Longest);
            SumOfSquares = state.Value(SumOfSquares);
            List<KeyValuePair<uint, long>> byMsr = [.. ByMsr];
            state.List(byMsr, static (s, entry) => new(s.Value(entry.Key), s.Value(entry.Value)));
            if (state.IsThawing)
            {
                ByMsr.Clear();
                foreach ((uint msr, long count) in byMsr)
                {
                    ByMsr[msr] = count;
                }
            }
        }
    }

    private readonly ExitNames _names = names;
    private readonly SortedDictionary<VmExitReason, Tally> _tallies = [];

    public long Count { get; private set; }

    public void Add(VmExitReason reason, uint msr, VirtualDuration handled)
    {
        if (!_tallies.TryGetValue(reason, out Tally? tally))
        {
            _tallies.Add(reason, tally = new Tally { Shortest = handled });
        }
        Count++;
        tally.Count++;
        tally.Total += handled;
        tally.Shortest = VirtualDuration.Min(tally.Shortest, handled);
        tally.Longest = VirtualDuration.Max(tally.Longest, handled);
        tally.SumOfSquares += (UInt128)handled.Nanoseconds * (UInt128)handled.Nanoseconds;
        if (msr != 0)
        {
            tally.ByMsr[msr] = tally.ByMsr.GetValueOrDefault(msr) + 1;
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        Count = state.Value(Count);
        List<VmExitReason> reasons = [.. _tallies.Keys];
        state.List(reasons, static (s, reason) => s.Enumeration(reason));
        if (state.IsThawing)
        {
            _tallies.Clear();
        }
        foreach (VmExitReason reason in reasons)
        {
            if (state.IsThawing && !_tallies.TryAdd(reason, new Tally()))
            {
                throw state.Damaged($"{reason} comes twice");
            }
            _tallies[reason].Transfer(state);
        }
    }

    /// <summary>How many exits all vCPUs had together and how long they took, by reason.</summary>
    public static ImmutableArray<ExitSum> SumTimes(IEnumerable<ExitLedger> ledgers)
    {
        SortedDictionary<(ExitNames, VmExitReason), ExitSum> sums = [];
        foreach (ExitLedger ledger in ledgers)
        {
            foreach ((VmExitReason reason, Tally tally) in ledger._tallies)
            {
                (ExitNames, VmExitReason) key = (ledger._names, reason);
                ExitSum sum =
                    sums.GetValueOrDefault(key)
                    ?? new(reason, 0, VirtualDuration.Zero, ledger._names);
                sums[key] = sum with
                {
                    Count = sum.Count + tally.Count,
                    Time = sum.Time + tally.Total,
                };
            }
        }
        return [.. sums.Values];
    }

    /// <summary>All vCPUs' exits together, by reason and whose name it has.</summary>
    public static ImmutableArray<ExitStatistics> Sum(IEnumerable<ExitLedger> ledgers) =>
        [
            .. ledgers
                .SelectMany(ledger => ledger._tallies, (ledger, entry) => (ledger._names, entry))
                .GroupBy(each => (each._names, each.entry.Key), each => each.entry.Value)
                .OrderBy(group => group.Key)
                .Select(group => Sum(group.Key.Key, [.. group]) with { Names = group.Key._names }),
        ];

    private static ExitStatistics Sum(VmExitReason reason, ImmutableArray<Tally> tallies) =>
        new(
            reason,
            tallies.Sum(tally => tally.Count),
            tallies.Aggregate(VirtualDuration.Zero, (sum, tally) => sum + tally.Total),
            tallies.Min(tally => tally.Shortest),
            tallies.Max(tally => tally.Longest),
            tallies.Aggregate(UInt128.Zero, (sum, tally) => sum + tally.SumOfSquares),
            [
                .. tallies
                    .SelectMany(tally => tally.ByMsr)
                    .GroupBy(entry => entry.Key, entry => entry.Value)
                    .OrderBy(group => group.Key)
                    .Select(group => new MsrCount(group.Key, group.Sum())),
            ]
        );
}
