using System;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Processors;

/// <content>Who runs next: halts, wake-ups, slices, preemption and moves between pCPUs.</content>
public sealed partial class Pcpu
{
    private bool _reschedule;

    private bool ShouldYield() =>
        _kthreadRunnable || _current!.IsThrottled || (_reschedule && !_runQueue.IsEmpty);

    /// <summary>schedule(): to a thread that waits, which is one switch, or to idle.</summary>
    /// <param name="now">When.</param>
    /// <param name="from">Who had the pCPU; picked again, it pays no switch.</param>
    /// <param name="effects">Where what comes of it goes.</param>
    private void SwitchAway(VirtualTime now, VcpuThread from, IEffects effects)
    {
        if (_kthreadRunnable || !_runQueue.IsEmpty)
        {
            PickNext(now, effects, from);
        }
        else
        {
            BeginWork(now, HostWork.SwitchOut, _costs.ContextSwitch, effects);
        }
    }

    private void PickNext(VirtualTime now, IEffects effects, VcpuThread? from = null)
    {
        _reschedule = false;
        if (_kthreadRunnable)
        {
            _kthreadRunnable = false;
            if (_kthreadYielded)
            {
                RunKthread(now, effects);
            }
            else
            {
                BeginWork(now, HostWork.KthreadSwitchIn, _costs.ContextSwitch, effects);
            }
            return;
        }
        _kthreadYielded = false;
        if (_runQueue.Pick() is { } thread)
        {
            _current = thread;
            CountSteal(now, thread);
            thread.RunningSince = now;
            StartBudget(now, thread, effects);
            thread.State = VcpuRunState.Exiting;
            BeginWork(
                now,
                HostWork.SwitchIn,
                thread == from ? VirtualDuration.Zero : _costs.ContextSwitch,
                effects
            );
            return;
        }
        _activity = Activity.Idle;
        _idleSince = now;
        _account.Switch(now, CpuUse.Idle);
    }

    /// <summary>Of the thread that has the pCPU.</summary>
    private VirtualDuration VirtualRuntimeAt(VirtualTime now, VcpuThread thread) =>
        thread.VirtualRuntime
        + CpuWeight.Weighted(now - thread.RunningSince, _host.WeightOf(thread.Vcpu));

    private void StopRunning(VirtualTime now, VcpuThread thread)
    {
        thread.VirtualRuntime = VirtualRuntimeAt(now, thread);
        _hrtimers.Cancel(HrtimerFunction.SchedulerSlice, Id);
        StopBudget(now, thread);
        _current = null;
    }

    private void Yield(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        StopRunning(now, thread);
        thread.RunnableSince = now;
        if (!Throttle(now, thread, effects))
        {
            _runQueue.Enqueue(thread);
        }
        effects.Send(thread.Vcpu, _costs.LineTransferSameSocket, new Preempted(thread.Entry));
        SwitchAway(now, thread, effects);
    }

    /// <summary>The running thread's slice ends only when another waits for the pCPU.</summary>
    private void LimitSlice(VirtualTime now, IEffects effects)
    {
        bool limited = _hrtimers.Find(HrtimerFunction.SchedulerSlice, Id) is not null;
        if (_runQueue.IsEmpty || _current is null || limited)
        {
            return;
        }
        VirtualTime end = VirtualTime.Max(_current.RunningSince + _costs.SchedulerSlice, now);
        StartHrtimer(
            now,
            new Hrtimer(HrtimerFunction.SchedulerSlice, Id, end, default, default),
            effects
        );
    }

    private void OnWake(VirtualTime now, Wake wake, IEffects effects)
    {
        if (!_threads.TryGetValue(wake.Vcpu, out VcpuThread? thread))
        {
            Forward(wake.Vcpu, wake, effects);
            return;
        }
        if (wake.Entry != thread.Entry)
        {
            // It was entered again meanwhile, and the entry synchronised its descriptor.
            return;
        }
        bool sleeps =
            thread.State == VcpuRunState.Blocked && !thread.WakePending && !thread.IsPaused;
        thread.WakePending = true;
        if (sleeps)
        {
            WakeSleeper(now, thread, wake, effects);
        }
        else if (thread.State == VcpuRunState.Polling && _activity == Activity.HostWork)
        {
            // The poller sees the bit that was set, as soon as its line has come; nothing has to be sent.
            SuspendWork(now, effects);
            if (_work == HostWork.Poll && wake.Waker is not null && thread.HasReasonToRun)
            {
                EndPolling(now, _costs.LineTransferSameSocket);
            }
            ResumeWork(now, effects);
        }
    }

    /// <summary>The waker makes it runnable and sends a reschedule IPI; a device's interrupt does it here.</summary>
    private void WakeSleeper(VirtualTime now, VcpuThread thread, Wake wake, IEffects effects)
    {
        if (wake.Waker is not { } waker)
        {
            TakeInterrupt(now, new PendingInterrupt(InterruptKind.Device, wake.Vcpu), effects);
            return;
        }
        if (waker == Id && _activity is Activity.HostWork or Activity.Interrupt)
        {
            // No IPI: it looks at its run queue when it is done here.
            Charge(wake.Poster, _costs.ThreadWake, effects);
            MakeRunnable(now, thread, effects);
            return;
        }
        if (wake.Poster != Poster.None && waker != Id)
        {
            effects.Send(
                waker,
                _costs.LineTransferSameSocket,
                new Posted(wake.Poster, PostingEffect.Woken)
            );
        }
        effects.After(
            _costs.ThreadWake + _costs.IpiSend + _host.IpiLatency(waker, Id),
            new RescheduleIpi(wake.Vcpu)
        );
    }

    private void OnRescheduleIpi(VirtualTime now, EntityId vcpu, IEffects effects)
    {
        bool waits =
            _threads.TryGetValue(vcpu, out VcpuThread? thread)
            && thread.State == VcpuRunState.Blocked
            && thread.WakePending
            && !thread.IsPaused;
        if (waits)
        {
            TakeInterrupt(now, new PendingInterrupt(InterruptKind.WakeUp, vcpu), effects);
        }
    }

    /// <summary>A vCPU in guest mode has to leave it; one that has left, or moved on, does not.</summary>
    private void OnKickVcpu(VirtualTime now, KickVcpu kick, IEffects effects)
    {
        bool isIn =
            _activity == Activity.Guest
            && _current!.Vcpu == kick.Vcpu
            && _current.Entry == kick.Entry;
        if (isIn)
        {
            TakeInterrupt(now, new PendingInterrupt(InterruptKind.Reschedule, kick.Vcpu), effects);
        }
    }

    private void WakeThread(VirtualTime now, EntityId vcpu, IEffects effects)
    {
        if (!_threads.TryGetValue(vcpu, out VcpuThread? thread))
        {
            return;
        }
        thread.WakePending = true;
        if (thread.State == VcpuRunState.Blocked && !thread.IsPaused)
        {
            MakeRunnable(now, thread, effects);
        }
    }

    /// <summary>try_to_wake_up, and the check whether the woken thread preempts the running one.</summary>
    private void MakeRunnable(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        thread.RunnableSince = now;
        if (!Throttle(now, thread, effects))
        {
            JoinQueue(now, thread, effects);
        }
    }

    private void JoinQueue(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        _runQueue.EnqueueWoken(thread, _costs.SchedulerSlice);
        if (_current is not { } running)
        {
            return;
        }
        if (thread.VirtualRuntime + _costs.WakeUpGranularity < VirtualRuntimeAt(now, running))
        {
            _reschedule = true;
        }
        else
        {
            LimitSlice(now, effects);
        }
    }

    private void OnMoveThread(VirtualTime now, MoveThread move, IEffects effects)
    {
        if (!_threads.TryGetValue(move.Vcpu, out VcpuThread? thread))
        {
            Forward(move.Vcpu, move, effects);
            return;
        }
        if (move.ToPcpu == Id || thread.Stops)
        {
            return;
        }
        thread.MoveTo = move.ToPcpu;
        Dislodge(now, thread, effects);
    }

    /// <summary>A thread that has to leave does so at once if it is off the pCPU; otherwise it is kicked.</summary>
    private void Dislodge(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        bool off = thread.State is VcpuRunState.Blocked or VcpuRunState.Runnable;
        if (off)
        {
            LeaveQueue(now, thread);
            SendAway(thread, effects);
        }
        else if (_activity is Activity.Guest or Activity.HostWork)
        {
            TakeInterrupt(
                now,
                new PendingInterrupt(InterruptKind.Reschedule, thread.Vcpu),
                effects
            );
        }
    }

    /// <summary>
    /// The thread leaves for another pCPU, and its timer with it (__kvm_migrate_apic_timer) or not.
    /// </summary>
    private void SendAway(VcpuThread thread, IEffects effects)
    {
        if (thread.Stops)
        {
            GiveUp(thread, effects);
            return;
        }
        if (thread.MoveTo is not { } to)
        {
            // Paused: it is off the pCPU, and stays.
            thread.State = VcpuRunState.Blocked;
            return;
        }
        Hrtimer? timer = thread.Timer.StaysWhenThreadMoves
            ? null
            : _hrtimers.Cancel(HrtimerFunction.ApicTimer, thread.Vcpu);
        thread.MoveTo = null;
        thread.VirtualRuntime -= _runQueue.LeastRuntime;
        _threads.Remove(thread.Vcpu);
        _movedTo[thread.Vcpu] = to;
        effects.Send(to, _host.IpiLatency(Id, to), new MigrateVcpu(thread.Freeze(timer)));
    }

    private void OnMigrateVcpu(VirtualTime now, VcpuThreadState state, IEffects effects)
    {
        VcpuThread thread = VcpuThread.Thaw(state, TimerOf(state.Vcpu));
        thread.VirtualRuntime += _runQueue.LeastRuntime;
        _threads.Add(thread.Vcpu, thread);
        _movedTo.Remove(thread.Vcpu);
        if (state.Timer is { } timer)
        {
            _timerMigrations++;
            thread.ArmedOn = Id;
            StartHrtimer(now, timer, effects);
        }
        if (thread.PausedUntil is { } until)
        {
            thread.State = VcpuRunState.Blocked;
            ResumeAt(now, until, thread.Vcpu, effects);
            return;
        }
        if (thread.State == VcpuRunState.Blocked && !thread.HasReasonToRun)
        {
            return;
        }
        thread.State = VcpuRunState.Blocked;
        TakeInterrupt(now, new PendingInterrupt(InterruptKind.WakeUp, thread.Vcpu), effects);
    }

    /// <summary>After a thread that moved; what comes for one that was stopped here is void.</summary>
    private void Forward(EntityId vcpu, Message message, IEffects effects)
    {
        if (!_movedTo.TryGetValue(vcpu, out EntityId to))
        {
            throw new InvalidOperationException($"vCPU {vcpu} was never on this pCPU");
        }
        if (to != vcpu)
        {
            effects.Send(to, _host.IpiLatency(Id, to), message);
        }
    }
}
