using System;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Processors;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <content>kvm_apic_sync_pv_timer: promise, wait for the line, take the deadline, say what it asks for.</content>
public sealed partial class TimerKthread
{
    private PageEntry? _syncing;

    /// <summary>As long as other work of the pCPU waits for what posting takes; its answer comes a message later.</summary>
    private VirtualDuration PostingTime => Pcpu.PostingTime(_host.Costs) + VirtualDuration.Smallest;

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
        if (sync.Cause == SyncCause.Held && entry.Page.Expire.IsNone)
        {
            // The line is still here from the first look.
            Report(entry, SyncOutcome.Nothing, default, default, inInterrupt: true, effects);
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
        // What comes within the padding of its promise no guest can tell: it has left nearer deadlines to the MSR.
        TscTicks noticed = entry.Page.NextSyncTsc.PlusSaturating(_host.PvTimer.PaddingCycles);
        if (entry.Page.NextSyncTsc != TscTicks.Zero && entry.Clock.At(now) > noticed)
        {
            _unkeptPromises++;
        }
        entry.Page.NextSyncTsc = entry.Clock.At(NextLook(now, entry));
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
    /// As posted what is left on the pacing timer, which is when the next scan is to begin. Fixed, when this page's
    /// turn comes: a period after the scan came to it last, or, of a worker that never sleeps, a round as long as
    /// the last one (flaw of the padding, and flaw 11).
    /// </summary>
    /// <remarks>
    /// So a promise is a period long whatever the page's place in the scan is, and doorbells do not move it: the
    /// share of deadlines that exit is the closed form's. A look comes later than promised by as much as the way
    /// to the page has grown since the last scan, and no deadline in a page is later than that for it.
    /// </remarks>
    private VirtualTime NextLook(VirtualTime now, PageEntry entry)
    {
        VirtualDuration round =
            _host.PvTimer.Worker == WorkerMode.Paced || Flaws.PaddingIgnoresLateScan
                ? _host.PvTimer.ScanPeriod
                : VirtualDuration.Max(entry.Round, VirtualDuration.Smallest);
        VirtualTime next = Flaws.PaddingIgnoresLateScan ? _nextScan : entry.LookedAt + round;
        if (next > now)
        {
            return next;
        }
        long missed = (now - next).Nanoseconds / round.Nanoseconds;
        return next + (round * (missed + 1));
    }

    private VirtualDuration Stall(PageEntry entry) =>
        _host.PvTimer.WeakExchange == WeakExchange.Host
            ? VirtualDuration.Zero
            : LineTransfer(entry);

    private VirtualDuration LineTransfer(PageEntry entry) =>
        _host.LineTransfer(TimerPcpu, entry.Pcpu)
        + (entry.SplitsLine ? SharedPage.SplitLock : VirtualDuration.Zero);

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
        VirtualTime due = entry.Clock.TimeOf(found.Deadline);
        if (outcome != SyncOutcome.Deliver || !Flaws.DeliverLeavesTimerArmed)
        {
            entry.ArmedUntil = outcome == SyncOutcome.Arm ? due : VirtualTime.Zero;
        }
        Report(entry, outcome, found, due, inInterrupt, effects);
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
