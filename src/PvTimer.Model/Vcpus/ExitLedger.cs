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

        /// <summary>By MSR, ascending.</summary>
        public MsrCount[] ByMsr { get; private set; } = [];

        public void CountMsr(uint msr)
        {
            int place = 0;
            while (place < ByMsr.Length && ByMsr[place].Msr < msr)
            {
                place++;
            }
            if (place < ByMsr.Length && ByMsr[place].Msr == msr)
            {
                ByMsr[place] = ByMsr[place] with { Count = ByMsr[place].Count + 1 };
            }
            else
            {
                ByMsr = [.. ByMsr[..place], new MsrCount(msr, 1), .. ByMsr[place..]];
            }
        }

        public void Transfer(StateTransfer state)
        {
            Count = state.Value(Count);
            Total = state.Value(Total);
            Shortest = state.Value(Shortest);
            Longest = state.Value(Longest);
            SumOfSquares = state.Value(SumOfSquares);
            List<MsrCount> byMsr = [.. ByMsr];
            state.List(byMsr, static (s, entry) => new(s.Value(entry.Msr), s.Value(entry.Count)));
            if (state.IsThawing)
            {
                ByMsr = [.. byMsr];
            }
        }
    }

    private readonly ExitNames _names = names;

    /// <summary>By reason, ascending.</summary>
    private (VmExitReason Reason, Tally Tally)[] _tallies = [];

    public long Count { get; private set; }

    public void Add(VmExitReason reason, uint msr, VirtualDuration handled)
    {
        Tally tally = Find(reason) ?? Insert(reason, new Tally { Shortest = handled });
        Count++;
        tally.Count++;
        tally.Total += handled;
        tally.Shortest = VirtualDuration.Min(tally.Shortest, handled);
        tally.Longest = VirtualDuration.Max(tally.Longest, handled);
        tally.SumOfSquares += (UInt128)handled.Nanoseconds * (UInt128)handled.Nanoseconds;
        if (msr != 0)
        {
            tally.CountMsr(msr);
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        Count = state.Value(Count);
        List<VmExitReason> reasons = [.. _tallies.Select(each => each.Reason)];
        state.List(reasons, static (s, reason) => s.Enumeration(reason));
        if (state.IsThawing)
        {
            _tallies = [];
        }
        foreach (VmExitReason reason in reasons)
        {
            Tally? tally = Find(reason);
            if (state.IsThawing && tally is not null)
            {
                throw state.Damaged($"{reason} comes twice");
            }
            (tally ?? Insert(reason, new Tally())).Transfer(state);
        }
    }

    private Tally? Find(VmExitReason reason)
    {
        foreach ((VmExitReason one, Tally tally) in _tallies)
        {
            if (one == reason)
            {
                return tally;
            }
        }
        return null;
    }

    private Tally Insert(VmExitReason reason, Tally tally)
    {
        int place = _tallies.Count(each => each.Reason < reason);
        _tallies = [.. _tallies[..place], (reason, tally), .. _tallies[place..]];
        return tally;
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
                .GroupBy(each => (each._names, each.entry.Reason), each => each.entry.Tally)
                .OrderBy(group => group.Key)
                .Select(group =>
                    Sum(group.Key.Reason, [.. group]) with
                    {
                        Names = group.Key._names,
                    }
                ),
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
                    .GroupBy(entry => entry.Msr, entry => entry.Count)
                    .OrderBy(group => group.Key)
                    .Select(group => new MsrCount(group.Key, group.Sum())),
            ]
        );
}
