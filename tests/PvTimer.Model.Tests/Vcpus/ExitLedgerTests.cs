using System;
using System.Linq;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Vcpus;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Vcpus;

/// <summary>VM-exits by reason, as `perf kvm stat` counts them.</summary>
public class ExitLedgerTests
{
    private static VirtualDuration Ns(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);

    private static ExitLedger Two()
    {
        ExitLedger ledger = new();
        ledger.Add(VmExitReason.MsrWrite, 0x6e0, Ns(30));
        ledger.Add(VmExitReason.MsrWrite, 0x6e0, Ns(10));
        ledger.Add(VmExitReason.MsrWrite, 0x830, Ns(20));
        ledger.Add(VmExitReason.Hlt, 0, Ns(500));
        return ledger;
    }

    private static string TextOf(params ExitLedger[] ledgers) =>
        string.Join(
            "; ",
            ExitLedger
                .Sum(ledgers)
                .Select(exit =>
                    $"{exit.Reason} {exit.Count} {exit.Total.Nanoseconds} {exit.Shortest.Nanoseconds} "
                    + $"{exit.Longest.Nanoseconds} {exit.SumOfSquares}"
                    + string.Concat(exit.ByMsr.Select(msr => $" {msr.Msr:x}={msr.Count}"))
                )
        );

    [Fact]
    public void Exits_are_counted_and_timed_by_reason_and_register()
    {
        ExitLedger ledger = Two();
        Assert.Equal(4, ledger.Count);
        Assert.Equal(
            "Hlt 1 500 500 500 250000; MsrWrite 3 60 10 30 1400 6e0=2 830=1",
            TextOf(ledger)
        );
    }

    [Fact]
    public void Exits_of_several_vcpus_add_up()
    {
        ExitLedger other = new();
        other.Add(VmExitReason.ExternalInterrupt, 0, Ns(7));
        other.Add(VmExitReason.MsrWrite, 0x832, Ns(40));
        other.Add(VmExitReason.MsrWrite, 0x6e0, Ns(5));
        Assert.Equal(
            "ExternalInterrupt 1 7 7 7 49; Hlt 1 500 500 500 250000; "
                + "MsrWrite 5 105 5 40 3025 6e0=3 830=1 832=1",
            TextOf(other, Two())
        );
        Assert.Empty(ExitLedger.Sum([]));
    }

    [Fact]
    public void Thawed_ledger_holds_what_was_frozen_and_nothing_else()
    {
        StateWriter writer = new();
        Two().Transfer(new StateTransfer(writer));
        ExitLedger thawed = new();
        thawed.Add(VmExitReason.MsrWrite, 0x999, Ns(1));
        thawed.Add(VmExitReason.EoiInduced, 0, Ns(1));
        thawed.Transfer(new StateTransfer(new StateReader(writer.ToArray())));
        Assert.Equal(4, thawed.Count);
        Assert.Equal(TextOf(Two()), TextOf(thawed));
        thawed.Add(VmExitReason.MsrWrite, 0x6e0, Ns(2));
        Assert.Contains(
            "MsrWrite 4 62 2 30 1404 6e0=3 830=1",
            TextOf(thawed),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Reason_that_comes_twice_is_refused()
    {
        StateWriter writer = new();
        StateTransfer state = new(writer);
        state.Value(2L);
        state.Count(2);
        state.Enumeration(VmExitReason.Hlt);
        state.Enumeration(VmExitReason.Hlt);
        for (int i = 0; i < 20; i++)
        {
            state.Value(0L);
        }
        StateTransfer thaw = new(new StateReader(writer.ToArray()));
        Assert.Throws<StateFormatException>(() => new ExitLedger().Transfer(thaw));
    }
}
