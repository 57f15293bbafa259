using System;
using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <content>The scan: every page in turn, each in two steps, with pauses for interrupts.</content>
public sealed partial class TimerKthread
{
    private readonly List<PageEntry> _visits = [];
    private ScanPhase _phase;
    private int _visit;
    private long _epoch;
    private bool _paused;
    private VirtualTime _stepEndsAt;
    private VirtualDuration _stepLeft;
    private VirtualTime _pacedAt;
    private VirtualTime _nextScan;
    private VirtualTime _scanBegan;

    /// <summary>Its next step is taken in this one; never between two.</summary>
    private bool _goesOn;

    /// <summary>What is to be paid once the interrupt that it delivers is posted.</summary>
    private VirtualDuration _posted;

    private void OnScanTick(VirtualTime now, ScanTick tick, IEffects effects)
    {
        if (_phase != ScanPhase.Asleep)
        {
            throw new InvalidOperationException("a scan began before the last one had ended");
        }
        _pacedAt = tick.PacedAt;
        _nextScan = tick.NextScan;
        _scanBegan = now;
        ChooseVisits();
        _scans++;
        _visit = 0;
        GoToNextPage(now, VirtualDuration.Zero, effects);
    }

    /// <summary>
    /// Only the vCPUs that enabled pvtimer; as posted all of them (flaw 11). Always in one order, so that each
    /// page's turn comes a period after its last.
    /// </summary>
    private void ChooseVisits()
    {
        _visits.Clear();
        foreach (PageEntry entry in _pages.Here)
        {
            if (entry.Enabled || Flaws.ScansEveryVcpu)
            {
                _visits.Add(entry);
            }
        }
    }

    private void GoToNextPage(VirtualTime now, VirtualDuration spent, IEffects effects)
    {
        if (_visit == _visits.Count)
        {
            // Without a page there is the list of VMs to be walked all the same.
            VirtualDuration walk = _visits.Count == 0 ? _host.Costs.ScanPerVm : spent;
            Continue(now, ScanPhase.Finish, walk, effects);
            return;
        }
        Continue(now, ScanPhase.Promise, spent + _foresight.WayTo(_visits, _visit), effects);
    }

    private void FinishScan(VirtualTime end, IEffects effects)
    {
        _phase = ScanPhase.Asleep;
        if (Flaws.LockHeldOverScan)
        {
            _lockHeld = VirtualDuration.Max(_lockHeld, end - _scanBegan);
        }
        effects.Send(TimerPcpu, VirtualDuration.Smallest, KthreadSleep.Instance);
    }

    private void OnScanStep(VirtualTime now, long epoch, IEffects effects)
    {
        if (epoch != _epoch || _paused)
        {
            return;
        }
        TakeStep(now, effects);
        while (_goesOn)
        {
            _goesOn = false;
            TakeStep(_stepEndsAt, effects);
        }
    }

    private void TakeStep(VirtualTime now, IEffects effects)
    {
        if (_phase == ScanPhase.Finish)
        {
            FinishScan(now, effects);
            return;
        }
        PageEntry entry = _visits[_visit];
        switch (_phase)
        {
            case ScanPhase.Promise when entry.Enabled:
                entry.Round = now - entry.LookedAt;
                entry.LookedAt = now;
                _synchronization.Promise(now, entry, _nextScan, effects);
                Continue(now, ScanPhase.Exchange, _synchronization.Stall(entry), effects);
                break;
            case ScanPhase.Promise:
                LeavePage(now, _host.Costs.ScanPerVcpu, effects);
                break;
            case ScanPhase.Posting:
                LeavePage(now, _posted, effects);
                break;
            default:
                TakeDeadline(now, entry, effects);
                break;
        }
    }

    private void TakeDeadline(VirtualTime now, PageEntry entry, IEffects effects)
    {
        bool wasArmed = entry.ArmedUntil > now;
        SyncOutcome outcome = _synchronization.Exchange(now, entry, inInterrupt: false, effects);
        bool cancels =
            wasArmed
            && outcome != SyncOutcome.Nothing
            && (outcome != SyncOutcome.Deliver || !Flaws.DeliverLeavesTimerArmed);
        VirtualDuration spent =
            _synchronization.LineTransfer(entry)
            + _host.Costs.ScanPerVcpu
            + (cancels ? _host.Costs.HrtimerCancel : VirtualDuration.Zero);
        switch (outcome)
        {
            case SyncOutcome.Deliver:
                _posted = spent;
                Continue(now, ScanPhase.Posting, PostingTime, effects);
                break;
            case SyncOutcome.Arm:
                LeavePage(now, spent + _host.Costs.HrtimerStart, effects);
                break;
            default:
                LeavePage(now, spent, effects);
                break;
        }
    }

    /// <summary>It knows what posting takes, and need not wait any longer.</summary>
    private void OnKthreadPosted(VirtualTime now, VirtualDuration cost, IEffects effects)
    {
        if (_phase != ScanPhase.Posting)
        {
            return;
        }
        _posted += cost;
        if (_paused)
        {
            _stepLeft = VirtualDuration.Zero;
        }
        else
        {
            Continue(now, ScanPhase.Posting, VirtualDuration.Zero, effects);
        }
    }

    private void LeavePage(VirtualTime now, VirtualDuration spent, IEffects effects)
    {
        _visit++;
        GoToNextPage(now, spent, effects);
    }

    private void Continue(
        VirtualTime now,
        ScanPhase phase,
        VirtualDuration length,
        IEffects effects
    )
    {
        _phase = phase;
        _stepEndsAt = now + length;
        _epoch++;
        VirtualTime notice = _foresight.NextNotice(now, _stepEndsAt, phase, _visits, _visit);
        _goesOn = _stepEndsAt < notice && effects.TryAdvance(length);
        if (!_goesOn)
        {
            effects.AfterLazily(length, ScanStep.Of(_epoch), notice);
        }
    }

    private void OnPause(VirtualTime now)
    {
        if (_phase != ScanPhase.Asleep)
        {
            _paused = true;
            _stepLeft = _stepEndsAt - now;
        }
    }

    private void OnResume(VirtualTime now, IEffects effects)
    {
        if (_paused)
        {
            _paused = false;
            Continue(now, _phase, _stepLeft, effects);
        }
    }
}
