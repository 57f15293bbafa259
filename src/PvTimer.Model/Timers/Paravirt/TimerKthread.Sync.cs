using System;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <content>One page synchronised in interrupt context, with the line's transfer between its two steps.</content>
public sealed partial class TimerKthread
{
    private PageEntry? _syncing;

    /// <summary>As long as other work of the pCPU waits for what posting takes; its answer comes a message later.</summary>
    private VirtualDuration PostingTime => _host.PostingTime + VirtualDuration.Smallest;

    /// <summary>In interrupt context: a doorbell, or a timer that expired.</summary>
    private void OnSyncVcpu(VirtualTime now, SyncVcpu sync, IEffects effects)
    {
        PageEntry entry = _pages[sync.Vcpu];
        _nextScan = sync.NextScan;
        if (!entry.Enabled)
        {
            _synchronization.ReportDisabled(entry, effects);
            return;
        }
        if (sync.Cause == SyncCause.Held && entry.Page.Expire.IsNone)
        {
            // The line is still here from the first look.
            _synchronization.Report(
                entry,
                SyncOutcome.Nothing,
                default,
                default,
                inInterrupt: true,
                effects
            );
            return;
        }
        _syncing = entry;
        _synchronization.Promise(now, entry, _nextScan, effects);
        effects.After(_synchronization.Stall(entry), SyncStep.Instance);
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
            _synchronization.Exchange(now, entry, inInterrupt: true, effects);
        }
        else
        {
            _synchronization.ReportDisabled(entry, effects);
        }
        if (_withdrawsAfterSync)
        {
            _withdrawsAfterSync = false;
            Withdraw(entry, effects);
        }
    }
}
