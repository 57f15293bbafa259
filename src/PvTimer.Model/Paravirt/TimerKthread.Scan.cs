using System;
using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Paravirt;

/// <content>The scan: every page in turn, each in two steps, with pauses for interrupts.</content>
public sealed partial class TimerKthread
{
    private enum ScanPhase
    {
        Asleep,

        /// <summary>On its way to the next page.</summary>
        Promise,

        /// <summary>next_sync_tsc is exchanged; the line is on its way.</summary>
        Exchange,

        /// <summary>All pages are done; what the last one cost is still to pass.</summary>
        Finish,
    }

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
    /// Only the vCPUs that enabled pvtimer, each scan beginning with another one; as posted all of them, always
    /// in the same order, so that the last is late in every scan (flaws 11 and 17).
    /// </summary>
    private void ChooseVisits()
    {
        _visits.Clear();
        int first = Flaws.NoFairnessBetweenGuests ? 0 : (int)(_scans % Math.Max(1, _here.Count));
        for (int i = 0; i < _here.Count; i++)
        {
            PageEntry entry = _here[(first + i) % _here.Count];
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
            Continue(now, ScanPhase.Finish, spent, effects);
            return;
        }
        bool otherVm = _visit == 0 || _visits[_visit].Vm != _visits[_visit - 1].Vm;
        VirtualDuration toPage = otherVm ? _host.Costs.ScanPerVm : VirtualDuration.Zero;
        Continue(now, ScanPhase.Promise, spent + toPage, effects);
    }

    private void FinishScan(VirtualTime end, IEffects effects)
    {
        _phase = ScanPhase.Asleep;
        _longestVisit = VirtualDuration.Max(_longestThisScan, Forget(_longestVisit));
        _longestThisScan = VirtualDuration.Zero;
        if (Flaws.LockHeldOverScan)
        {
            _lockHeld = VirtualDuration.Max(_lockHeld, end - _scanBegan);
        }
        effects.Send(TimerPcpu, VirtualDuration.Smallest, KthreadSleep.Instance);
    }

    /// <summary>A long way to the pages is remembered for some dozen scans.</summary>
    private static VirtualDuration Forget(VirtualDuration longest) =>
        VirtualDuration.FromNanoseconds(longest.Nanoseconds - (longest.Nanoseconds / 16));

    private void OnScanStep(VirtualTime now, long epoch, IEffects effects)
    {
        if (epoch != _epoch || _paused)
        {
            return;
        }
        if (_phase == ScanPhase.Finish)
        {
            FinishScan(now, effects);
            return;
        }
        PageEntry entry = _visits[_visit];
        if (_phase == ScanPhase.Promise)
        {
            if (!entry.Enabled)
            {
                _visit++;
                GoToNextPage(now, _host.Costs.ScanPerVcpu, effects);
                return;
            }
            Promise(now, entry, effects);
            Continue(now, ScanPhase.Exchange, Stall(entry), effects);
            return;
        }
        SyncOutcome outcome = Sync(now, entry, inInterrupt: false, effects);
        VirtualDuration spent = _host.Costs.ScanPerVcpu;
        if (outcome == SyncOutcome.Arm)
        {
            spent += _host.Costs.HrtimerCancel + _host.Costs.HrtimerStart;
        }
        VirtualTime begin = _host.PvTimer.Worker == WorkerMode.Paced ? _pacedAt : _scanBegan;
        _longestThisScan = VirtualDuration.Max(_longestThisScan, now - begin);
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
        effects.After(length, new ScanStep(++_epoch));
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
