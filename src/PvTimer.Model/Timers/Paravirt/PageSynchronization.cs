using System;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>
/// `kvm_apic_sync_pv_timer` (part 3 of the series): promise when the page is looked at again, wait for the line, take
/// the deadline, say what it asks for. The scan and the doorbell's IPI do it alike; the wait is theirs.
/// </summary>
internal sealed class PageSynchronization(HostTopology host) : IStateful
{
    private readonly HostTopology _host = host;

    /// <summary>Stores to pages that the host made visible to guests.</summary>
    public long PageUpdates { get; private set; }

    /// <summary>Flaw 7: exchanges on an entry that crosses a cache line.</summary>
    public long SplitLocks { get; private set; }

    /// <summary>Flaw 11: looks that came later than the page had promised.</summary>
    public long UnkeptPromises { get; private set; }

    private PvTimerFlaws Flaws => _host.PvTimer.Flaws;

    private EntityId TimerPcpu => _host.TimerPcpu!.Value;

    /// <summary>Fixed (flaw 8): what was armed for a guest that has gone back to the MSR is void.</summary>
    public void ReportDisabled(PageEntry entry, IEffects effects)
    {
        SyncOutcome outcome = Flaws.DisableLeavesTimerArmed
            ? SyncOutcome.Nothing
            : SyncOutcome.Cancel;
        Report(entry, outcome, default, default, inInterrupt: true, effects);
    }

    /// <summary>xchg(next_sync_tsc): when this page is looked at again.</summary>
    /// <param name="now">When the exchange is made.</param>
    /// <param name="entry">Whose page.</param>
    /// <param name="nextScan">When the pacing timer is to begin the next scan.</param>
    /// <param name="effects">The way to the vCPU.</param>
    public void Promise(VirtualTime now, PageEntry entry, VirtualTime nextScan, IEffects effects)
    {
        CountExchange(entry);
        // What comes within the padding of its promise no guest can tell: it has left nearer deadlines to the MSR.
        TscTicks noticed = entry.Page.NextSyncTsc.PlusSaturating(_host.PvTimer.PaddingCycles);
        if (entry.Page.NextSyncTsc != TscTicks.Zero && entry.Clock.At(now) > noticed)
        {
            UnkeptPromises++;
        }
        entry.Page.NextSyncTsc = entry.Clock.At(NextLook(now, entry, nextScan));
        PageUpdates++;
        effects.SendLazily(
            entry.Vcpu,
            _host.LineTransfer(TimerPcpu, entry.Pcpu),
            SharedPageUpdate.Of(
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
    private VirtualTime NextLook(VirtualTime now, PageEntry entry, VirtualTime nextScan)
    {
        VirtualDuration round =
            _host.PvTimer.Worker == WorkerMode.Paced || Flaws.PaddingIgnoresLateScan
                ? _host.PvTimer.ScanPeriod
                : VirtualDuration.Max(entry.Round, VirtualDuration.Smallest);
        VirtualTime next = Flaws.PaddingIgnoresLateScan ? nextScan : entry.LookedAt + round;
        if (next > now)
        {
            return next;
        }
        long missed = (now - next).Nanoseconds / round.Nanoseconds;
        return next + (round * (missed + 1));
    }

    public VirtualDuration Stall(PageEntry entry) =>
        _host.PvTimer.WeakExchange == WeakExchange.Host
            ? VirtualDuration.Zero
            : LineTransfer(entry);

    public VirtualDuration LineTransfer(PageEntry entry) =>
        _host.LineTransfer(TimerPcpu, entry.Pcpu)
        + (entry.SplitsLine ? SharedPage.SplitLock : VirtualDuration.Zero);

    /// <summary>xchg(expire_tsc, 0), and what the value found there asks for.</summary>
    public SyncOutcome Exchange(
        VirtualTime now,
        PageEntry entry,
        bool inInterrupt,
        IEffects effects
    )
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
            SplitLocks++;
        }
    }

    public void Report(
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
            SyncResult.Of(entry.Vcpu, outcome, found, due, inInterrupt, armedOn)
        );
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        PageUpdates = state.Value(PageUpdates);
        SplitLocks = state.Value(SplitLocks);
        UnkeptPromises = state.Value(UnkeptPromises);
    }
}
