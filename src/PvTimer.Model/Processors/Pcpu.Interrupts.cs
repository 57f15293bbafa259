using System.Collections.Generic;
using PvTimer.Model.Apic;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Processors;

/// <content>The host's interrupts: taking them out of guest mode, out of idle or out of host work.</content>
public sealed partial class Pcpu
{
    private enum InterruptKind
    {
        /// <summary>The core's LAPIC timer: the earliest hrtimer is due.</summary>
        Hrtimer,

        /// <summary>A function-call IPI: synchronise one vCPU's page.</summary>
        Doorbell,

        /// <summary>A reschedule IPI: a blocked vCPU was woken, and its waker paid for that.</summary>
        WakeUp,

        /// <summary>A device's interrupt, whose handler wakes a blocked vCPU.</summary>
        Device,

        /// <summary>A reschedule IPI: look at what should run.</summary>
        Reschedule,

        /// <summary>Firmware (an SMI), or what else the host has to do, has the core for a while.</summary>
        Taken,

        /// <summary>The core is unplugged: the teardown callbacks of CPU hotplug run.</summary>
        Teardown,
    }

    /// <param name="Kind">What it is.</param>
    /// <param name="Vcpu">Whose thread it is about; the pCPU itself if it is about none.</param>
    private readonly record struct PendingInterrupt(InterruptKind Kind, EntityId Vcpu);

    /// <summary>How far hrtimer_interrupt is with the timers that are due.</summary>
    private enum Callbacks
    {
        /// <summary>It does not run.</summary>
        None,

        /// <summary>At the first: what it costs is in the cost of the interrupt.</summary>
        First,

        /// <summary>Looks whether another one is due.</summary>
        Further,

        /// <summary>Another one is taken out of the queue, which takes its time; then it runs.</summary>
        Dequeued,
    }

    private readonly Queue<PendingInterrupt> _pendingInterrupts = new();
    private Callbacks _callbacks;
    private PendingInterrupt _handling;
    private long _interruptEpoch;
    private bool _timerExpiredInThisExit;

    private void TakeInterrupt(VirtualTime now, PendingInterrupt interrupt, IEffects effects)
    {
        _pendingInterrupts.Enqueue(interrupt);
        switch (_activity)
        {
            case Activity.Guest when now < _smmUntil:
                // Blocked in system management mode: looked at when that ends.
                break;
            case Activity.Guest:
                ForceExit(now, effects);
                break;
            case Activity.Idle:
                _activity = Activity.LeavingIdle;
                effects.After(DrawIdleExit(now), InterruptBegin.Instance);
                break;
            case Activity.HostWork:
                SuspendWork(now, effects);
                BeginInterrupt(now, effects);
                break;
            default:
                // LeavingIdle or Interrupt: handled after what is under way.
                break;
        }
    }

    private VirtualDuration DrawIdleExit(VirtualTime now)
    {
        VirtualDuration idle = now - _idleSince;
        IdleState depth = _costs.IdleStates[0];
        foreach (IdleState state in _costs.IdleStates)
        {
            if (idle >= state.From)
            {
                depth = state;
            }
        }
        return depth.Wake.Draw(ref _wakeChance);
    }

    private void BeginInterrupt(VirtualTime now, IEffects effects)
    {
        _activity = Activity.Interrupt;
        _account.Switch(now, CpuUse.Interrupt);
        _handling = _pendingInterrupts.Dequeue();
        VirtualDuration cost = _handling.Kind switch
        {
            InterruptKind.Hrtimer => _costs.TimerInterrupt.Draw(ref _interruptChance),
            InterruptKind.Device => _costs.IpiHandler + _costs.ThreadWake,
            InterruptKind.Taken => _stalls.Dequeue(),
            _ => _costs.IpiHandler,
        };
        StayInInterrupt(cost, effects);
    }

    private void StayInInterrupt(VirtualDuration cost, IEffects effects) =>
        effects.After(cost, new InterruptDone(++_interruptEpoch));

    private void OnInterruptDone(VirtualTime now, long epoch, IEffects effects)
    {
        if (epoch != _interruptEpoch)
        {
            return;
        }
        if (_activity != Activity.Interrupt)
        {
            LeaveSystemManagement(now, effects);
            return;
        }
        switch (_handling.Kind)
        {
            case InterruptKind.Hrtimer:
                _callbacks = Callbacks.First;
                break;
            case InterruptKind.Doorbell:
                QueueDoorbells(_handling.Vcpu);
                break;
            case InterruptKind.WakeUp or InterruptKind.Device:
                WakeThread(now, _handling.Vcpu, effects);
                break;
            case InterruptKind.Teardown:
                TearDown(now, effects);
                return;
            default:
                break;
        }
        _handling = new PendingInterrupt(InterruptKind.Reschedule, Id);
        ContinueInterrupt(now, effects);
    }

    /// <summary>
    /// What is still to be done in this interrupt, one thing after the other, each as long as it takes: synchronise
    /// who is queued, run the callbacks that are due.
    /// </summary>
    private void ContinueInterrupt(VirtualTime now, IEffects effects)
    {
        _isPosting = false;
        switch (_timerCpu?.EndHold(effects))
        {
            case EndOfHold.AsksPage:
                return;
            case EndOfHold.Posted:
                StayInInterrupt(WaitForPosting(), effects);
                return;
            default:
                break;
        }
        while (_timerCpu?.StartNextSync(effects) != true)
        {
            if (RunNextCallback(now, effects) is not { } cost)
            {
                FinishInterrupt(now, effects);
                return;
            }
            if (_isPosting || cost > VirtualDuration.Zero)
            {
                StayInInterrupt(cost + WaitForPosting(), effects);
                return;
            }
        }
    }

    /// <summary>
    /// hrtimer_interrupt: runs the callback of the next timer that is due. What it costs beside what the interrupt
    /// itself does, which holds the first one; null if none is due any more.
    /// </summary>
    private VirtualDuration? RunNextCallback(VirtualTime now, IEffects effects)
    {
        if (_callbacks == Callbacks.None)
        {
            return null;
        }
        if (_callbacks == Callbacks.Further && _hrtimers.NextExpiry <= now)
        {
            _callbacks = Callbacks.Dequeued;
            return _costs.HrtimerCancel;
        }
        if (_hrtimers.PopExpired(now) is not { } timer)
        {
            _callbacks = Callbacks.None;
            ProgramLapic(now, effects);
            return null;
        }
        _callbacks = Callbacks.Further;
        switch (timer.Function)
        {
            case HrtimerFunction.ApicTimer:
                return ApicTimerExpired(now, timer, effects);
            case HrtimerFunction.PvSyncTimer:
                return PacingTimerExpired(now, timer, effects);
            case HrtimerFunction.QuotaSpent:
                _threads[timer.Owner].IsThrottled = true;
                return VirtualDuration.Zero;
            case HrtimerFunction.QuotaPeriod:
                EndThrottling(now, timer.Owner, effects);
                return VirtualDuration.Zero;
            default:
                _reschedule = true;
                return VirtualDuration.Zero;
        }
    }

    /// <summary>
    /// apic_timer_fn: of a thread of this pCPU, or (part 4) of a vCPU served from here. What waking the thread takes.
    /// </summary>
    private VirtualDuration ApicTimerExpired(VirtualTime now, Hrtimer timer, IEffects effects)
    {
        VirtualTime? next =
            timer.Period > VirtualDuration.Zero
                ? Lapic.Advance(timer.Expires, timer.Period, now)
                : null;
        if (next is { } again)
        {
            _hrtimers.Start(timer with { Expires = again, Due = again });
        }
        if (timer.Served)
        {
            return _timerCpu!.ServedTimerExpired(now, timer, effects);
        }
        if (!_threads.TryGetValue(timer.Owner, out VcpuThread? thread))
        {
            AbsentTimerExpired(now, timer, next, effects);
            return VirtualDuration.Zero;
        }
        if (_exit is { Reason: VmExitReason.ExternalInterrupt } && !_timerExpiredInThisExit)
        {
            _timerExpiredInThisExit = true;
            _timerExpiryExits++;
        }
        HostTimer.Expire(now, thread, timer);
        if (thread.State != VcpuRunState.Blocked || !thread.HasReasonToRun)
        {
            return VirtualDuration.Zero;
        }
        MakeRunnable(now, thread, effects);
        return _costs.ThreadWake;
    }

    /// <summary>Its vCPU's thread is not here: it is posted, when it is due.</summary>
    private void AbsentTimerExpired(
        VirtualTime now,
        Hrtimer timer,
        VirtualTime? next,
        IEffects effects
    )
    {
        if (now < timer.Due)
        {
            // Started early by the advance: no entry would hold it until then.
            StartHrtimer(now, timer with { Expires = timer.Due }, effects);
            return;
        }
        Post(timer.Owner, timer.Deadline, Poster.Interrupt, effects, next);
    }

    /// <summary>The next interrupt, or back to what they interrupted.</summary>
    private void FinishInterrupt(VirtualTime now, IEffects effects)
    {
        if (_pendingInterrupts.Count > 0)
        {
            BeginInterrupt(now, effects);
            return;
        }
        if (_work != HostWork.None)
        {
            ResumeWork(now, effects);
            return;
        }
        if (_exit is not null)
        {
            StartHandler(now, effects);
            return;
        }
        PickNext(now, effects);
    }
}
