using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>Recorded exits by reason, timed as `perf kvm stat` times them: from kvm_exit to the next kvm_entry.</summary>
internal sealed class ExitTally
{
    private readonly SortedDictionary<VmExitReason, ExitStatistics> _exits = [];
    private readonly SortedDictionary<uint, long> _writes = [];

    /// <summary>Exits whose end was not recorded.</summary>
    public long Cut { get; private set; }

    /// <param name="reason">Why.</param>
    /// <param name="msr">MSR_WRITE: the register, where it is known; else 0.</param>
    /// <param name="length">From exit to entry; null: its end was not recorded.</param>
    public void Add(VmExitReason reason, uint msr, VirtualDuration? length)
    {
        Cut += length is null ? 1 : 0;
        VirtualDuration handled = length ?? VirtualDuration.Zero;
        ExitStatistics sum =
            _exits.GetValueOrDefault(reason)
            ?? new ExitStatistics(reason, 0, default, handled, handled, UInt128.Zero, []);
        UInt128 nanoseconds = (UInt128)handled.Nanoseconds;
        _exits[reason] = sum with
        {
            Count = sum.Count + 1,
            Total = sum.Total + handled,
            Shortest = VirtualDuration.Min(sum.Shortest, handled),
            Longest = VirtualDuration.Max(sum.Longest, handled),
            SumOfSquares = sum.SumOfSquares + (nanoseconds * nanoseconds),
        };
        if (msr != 0)
        {
            _writes[msr] = _writes.GetValueOrDefault(msr) + 1;
        }
    }

    /// <summary>By reason, ascending.</summary>
    public ImmutableArray<ExitStatistics> ToStatistics() =>
        [
            .. _exits.Values.Select(exit =>
                exit.Reason == VmExitReason.MsrWrite
                    ? exit with
                    {
                        ByMsr = [.. _writes.Select(write => new MsrCount(write.Key, write.Value))],
                    }
                    : exit
            ),
        ];
}
