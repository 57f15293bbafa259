using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>
/// `pv_timer_polling_worker` (part 3 of the series): the kthread bound to the dedicated CPU that scans the
/// pages of all vCPUs, and the synchronisation of one page that the scan shares with the doorbell's IPI.
/// </summary>
/// <remarks>
/// It owns the host's view of every page. Its pCPU says when it runs: <see cref="ScanTick"/> starts a scan,
/// an interrupt pauses it. What a page holds goes back as <see cref="SyncResult"/>, for the pCPU to program
/// (part 4). One synchronisation takes two steps with the line's transfer between them (see
/// <see cref="SharedPage"/>).
/// </remarks>
public sealed partial class TimerKthread : ITakesLateMessages, IStateful
{
    // Configuration
    private readonly HostTopology _host;

    // Parts
    private readonly PageTable _pages;
    private readonly PageSynchronization _synchronization;
    private readonly ScanForesight _foresight;

    // Counters
    private long _scans;
    private VirtualDuration _lockHeld;

    internal TimerKthread(
        EntityId id,
        string name,
        HostTopology host,
        ImmutableArray<PageEntry> pages
    )
    {
        Id = id;
        Name = name;
        _host = host;
        _pages = new PageTable(pages);
        _synchronization = new PageSynchronization(host);
        _foresight = new ScanForesight(host, _synchronization);
        _nextScan = VirtualTime.Zero + host.PvTimer.ScanPeriod;
    }

    public EntityId Id { get; }

    public string Name { get; }

    /// <summary>Scans that were begun.</summary>
    public long Scans => _scans;

    /// <summary>Stores to pages that the host made visible to guests.</summary>
    public long PageUpdates => _synchronization.PageUpdates;

    /// <summary>Flaw 7: exchanges on an entry that crosses a cache line.</summary>
    public long SplitLocks => _synchronization.SplitLocks;

    /// <summary>Flaw 11: looks that came later than the page had promised.</summary>
    public long UnkeptPromises => _synchronization.UnkeptPromises;

    /// <summary>Flaw 10: the longest time that kvm_lock was held.</summary>
    public VirtualDuration LockHeld => _lockHeld;

    /// <summary>A deadline of this vCPU is in its page.</summary>
    public bool KnowsTimerOf(EntityId vcpu) => !_retired && _pages.KnowsTimerOf(vcpu);

    /// <summary>Its pCPU is gone: nobody looks into the pages any more.</summary>
    internal bool IsRetired => _retired;

    /// <summary>
    /// The deadlines that wait in pages: whose, when they are due, and by when the page was promised another
    /// look.
    /// </summary>
    internal IEnumerable<(EntityId Vcpu, VirtualTime Due, VirtualTime NextLook)> InPages() =>
        _pages.InPages();

    private PvTimerFlaws Flaws => _host.PvTimer.Flaws;

    private EntityId TimerPcpu => _host.TimerPcpu!.Value;

    public void Step(VirtualTime now, Message message, IEffects effects)
    {
        if (message is ScanStep step)
        {
            OnScanStep(now, step.Epoch, effects);
            return;
        }
        _foresight.Forget();
        switch (message)
        {
            case SharedPageUpdate update:
                OnSharedPageUpdate(update);
                break;
            case SyncVcpu sync:
                OnSyncVcpu(now, sync, effects);
                break;
            case SyncStep:
                OnSyncStep(now, effects);
                break;
            case ScanTick tick:
                OnScanTick(now, tick, effects);
                break;
            case KthreadPosted posted:
                OnKthreadPosted(now, posted.Cost, effects);
                break;
            case KthreadPause:
                OnPause(now);
                break;
            case KthreadResume:
                OnResume(now, effects);
                break;
            case PageRegistered registered:
                OnPageRegistered(now, registered, effects);
                break;
            case Retire:
                OnRetire(effects);
                break;
            case WithdrawPage withdraw:
                OnWithdrawPage(withdraw.Vcpu, effects);
                break;
            case PageArrived arrived:
                OnPageArrived(arrived);
                break;
            case Start:
                break;
            default:
                throw new InvalidOperationException($"the timer kthread does not know {message}");
        }
    }

    private void OnSharedPageUpdate(SharedPageUpdate update)
    {
        PageEntry entry = _pages[update.Vcpu];
        entry.Page.Expire = update.Request();
        entry.Pcpu = update.Pcpu;
    }

    private void OnPageRegistered(VirtualTime now, PageRegistered registered, IEffects effects)
    {
        PageEntry entry = _pages[registered.Vcpu];
        entry.Enabled = registered.Enabled;
        entry.Pcpu = registered.Pcpu;
        entry.SplitsLine = registered.SplitsLine;
        entry.ArmedOnPcpu = registered.ArmedOnPcpu;
        if (_retired)
        {
            TellGone(entry, effects);
            return;
        }
        if (registered.Enabled)
        {
            if (!Flaws.PaddingIgnoresLateScan)
            {
                // Without a first promise the first short timer would wait for a scan it does not know of.
                _synchronization.Promise(now, entry, _nextScan, effects);
            }
            return;
        }
        entry.Page.Expire = PageRequest.None;
        if (!Flaws.DisableLeavesTimerArmed)
        {
            _synchronization.Report(
                entry,
                SyncOutcome.Cancel,
                default,
                default,
                inInterrupt: false,
                effects
            );
        }
    }
}
