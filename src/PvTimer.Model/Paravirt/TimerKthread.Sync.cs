using System;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Paravirt;

/// <content>kvm_apic_sync_pv_timer: promise, wait for the line, take the deadline, say what it asks for.</content>
public sealed partial class TimerKthread
{
    private PageEntry? _syncing;
    private VirtualDuration _longestVisit;
    private VirtualDuration _longestThisScan;

    /// <summary>In interrupt context: a doorbell, or a timer that expired.</summary>
    private void OnSyncVcpu(VirtualTime now, SyncVcpu sync, IEffects effects)
    {
        PageEntry entry = _byVcpu[sync.Vcpu];
        _nextScan = sync.NextScan;
        if (!entry.Enabled)
        {
            ReportDisabled(entry, effects);
            return;
        }
        _syncing = entry;
        Promise(now, entry, effects);
        effects.After(Stall(entry), SyncStep.Instance);
    }

    private void OnSyncStep(VirtualTime now, IEffects effects)
    {
        PageEntry entry =
            _syncing ?? throw new InvalidOperationException("no synchronisation is under way");
        _syncing = null;
        if (_retired)
        {
            // The CPU that asked is no longer there.
        }
        else if (entry.Enabled)
        {
            Sync(now, entry, inInterrupt: true, effects);
        }
        else
        {
            ReportDisabled(entry, effects);
        }
        if (_withdrawsAfterSync)
        {
            _withdrawsAfterSync = false;
            Withdraw(entry, effects);
        }
    }

    /// <summary>Fixed (flaw 8): what was armed for a guest that has gone back to the MSR is void.</summary>
    private void ReportDisabled(PageEntry entry, IEffects effects)
    {
        SyncOutcome outcome = Flaws.DisableLeavesTimerArmed
            ? SyncOutcome.Nothing
            : SyncOutcome.Cancel;
        Report(entry, outcome, default, default, inInterrupt: true, effects);
    }

    /// <summary>xchg(next_sync_tsc): when this page is looked at again.</summary>
    private void Promise(VirtualTime now, PageEntry entry, IEffects effects)
    {
        CountExchange(entry);
        if (entry.Page.NextSyncTsc != TscTicks.Zero && entry.Clock.At(now) > entry.Page.NextSyncTsc)
        {
            _unkeptPromises++;
        }
        entry.Page.NextSyncTsc = entry.Clock.At(NextLook(now));
        _pageUpdates++;
        effects.Send(
            entry.Vcpu,
            _host.LineTransfer(TimerPcpu, entry.Pcpu),
            new SharedPageUpdate(
                entry.Vcpu,
                PageField.NextSyncTsc,
                entry.Page.NextSyncTsc,
                TimerPcpu
            )
        );
    }

    /// <summary>
    /// What is left on the pacing timer. As posted that is all; fixed, the way from the pacing timer to the
    /// page is added, as long as it was in the scans before (flaw of the padding, and flaw 11).
    /// </summary>
    private VirtualTime NextLook(VirtualTime now)
    {
        VirtualTime paced = _nextScan;
        while (paced <= now)
        {
            paced += _host.PvTimer.ScanPeriod;
        }
        return Flaws.PaddingIgnoresLateScan ? paced : paced + _longestVisit;
    }

    private VirtualDuration Stall(PageEntry entry) =>
        _host.PvTimer.WeakExchange == WeakExchange.Host
            ? VirtualDuration.Zero
            : _host.LineTransfer(TimerPcpu, entry.Pcpu);

    /// <summary>xchg(expire_tsc, 0), and what the value found there asks for.</summary>
    private SyncOutcome Sync(VirtualTime now, PageEntry entry, bool inInterrupt, IEffects effects)
    {
        CountExchange(entry);
        PageRequest found = entry.Page.TakeExpire();
        if (found.IsNone)
        {
            if (inInterrupt)
            {
                Report(entry, SyncOutcome.Nothing, default, default, inInterrupt, effects);
            }
            return SyncOutcome.Nothing;
        }
        SyncOutcome outcome =
            found.Disarms ? SyncOutcome.Cancel
            : found.Deadline > entry.Clock.At(now) ? SyncOutcome.Arm
            : SyncOutcome.Deliver;
        Report(entry, outcome, found, entry.Clock.TimeOf(found.Deadline), inInterrupt, effects);
        return outcome;
    }

    private void CountExchange(PageEntry entry)
    {
        if (entry.SplitsLine)
        {
            _splitLocks++;
        }
    }

    private void Report(
        PageEntry entry,
        SyncOutcome outcome,
        PageRequest found,
        VirtualTime due,
        bool inInterrupt,
        IEffects effects
    )
    {
        EntityId? armedOn = null;
        if (outcome != SyncOutcome.Nothing && entry.ArmedOnPcpu)
        {
            armedOn = entry.Pcpu;
            entry.ArmedOnPcpu = false;
        }
        effects.Send(
            TimerPcpu,
            VirtualDuration.Smallest,
            new SyncResult(entry.Vcpu, outcome, found, due, inInterrupt, armedOn)
        );
    }
}
