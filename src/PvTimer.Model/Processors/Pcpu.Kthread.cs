using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Processors;

/// <content>The kthread that is bound to this pCPU, if it is the dedicated one: when it is woken, and its turns.</content>
public sealed partial class Pcpu
{
    private readonly TimerCpu? _timerCpu;
    private bool _kthreadRunnable;

    /// <summary>The worker called schedule() and may go on: picked again, nothing has to be switched.</summary>
    private bool _kthreadYielded;

    /// <summary>pvtimer's part of it; null: it is not the dedicated CPU.</summary>
    internal TimerCpu? TimerCpu => _timerCpu;

    private void StartPacing(VirtualTime now, IEffects effects)
    {
        _timerCpu!.StartPacing(now, effects);
        _kthreadRunnable = _timerCpu.IsBusy;
    }

    /// <summary>The pacing timer wakes the worker. What that takes.</summary>
    private VirtualDuration PacingTimerExpired(VirtualTime now, Hrtimer timer, IEffects effects)
    {
        _timerCpu!.PacingTimerExpired(now, timer, effects);
        if (_timerCpu.IsBusy)
        {
            return VirtualDuration.Zero;
        }
        bool sleeps =
            !_kthreadRunnable && _work is not (HostWork.Kthread or HostWork.KthreadSwitchIn);
        _kthreadRunnable = true;
        return sleeps ? _costs.ThreadWake : VirtualDuration.Zero;
    }

    private void RunKthread(VirtualTime now, IEffects effects)
    {
        _work = HostWork.Kthread;
        _workEpoch++;
        _activity = Activity.HostWork;
        _account.Switch(now, CpuUse.Kthread);
        effects.Send(_host.TimerKthread!.Value, VirtualDuration.Smallest, _timerCpu!.Tick);
    }

    private void OnKthreadSleep(VirtualTime now, IEffects effects)
    {
        if (_timerCpu!.IsBusy)
        {
            _kthreadRunnable = true;
        }
        _kthreadYielded = true;
        _work = HostWork.None;
        if (!_kthreadRunnable && _runQueue.IsEmpty)
        {
            _kthreadYielded = false;
            _work = HostWork.KthreadSwitchOut;
            _workLeft = _costs.ContextSwitch;
        }
        if (_activity != Activity.HostWork)
        {
            return;
        }
        if (_work == HostWork.None)
        {
            PickNext(now, effects);
        }
        else
        {
            ResumeWork(now, effects);
        }
    }

    /// <summary>
    /// A doorbell's IPI is handled. As posted each has an interrupt of its own; fixed, one interrupt answers all that
    /// rang by now.
    /// </summary>
    private void QueueDoorbells(EntityId vcpu)
    {
        bool interruptsKthread = _work == HostWork.Kthread;
        _timerCpu!.QueueDoorbell(vcpu, interruptsKthread);
        if (_timerCpu.HasIpiPerDoorbell)
        {
            return;
        }
        int others = _pendingInterrupts.Count;
        for (int i = 0; i < others; i++)
        {
            PendingInterrupt pending = _pendingInterrupts.Dequeue();
            if (pending.Kind == InterruptKind.Doorbell)
            {
                _timerCpu.QueueDoorbell(pending.Vcpu, interruptsKthread);
            }
            else
            {
                _pendingInterrupts.Enqueue(pending);
            }
        }
    }

    private void OnSyncResult(VirtualTime now, SyncResult result, IEffects effects)
    {
        if (_timerCpu!.Take(now, result, effects) is { } cost)
        {
            StayInInterrupt(cost + WaitForPosting(), effects);
        }
    }
}
