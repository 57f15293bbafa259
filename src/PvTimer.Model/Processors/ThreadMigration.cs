using System;
using PvTimer.Model.Collections;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>
/// Threads that come and go: those that move to another pCPU; those whose VM is stopped, which leave KVM_RUN, and nothing
/// of theirs stays behind; and those whose VM is paused, which only leave KVM_RUN: their hrtimers go on, and what expires
/// is injected when they come back.
/// </summary>
internal sealed class ThreadMigration(Pcpu pcpu) : IStateful
{
    private readonly Pcpu _pcpu = pcpu;

    // Volatile state
    private EntityMap<EntityId> _movedTo;
    private long _timerMigrations;

    /// <summary>Armed timers that came here with their vCPU.</summary>
    public long TimerMigrations => _timerMigrations;

    /// <summary>What is asked of a thread that may have left; false: the message is about something else.</summary>
    public bool Step(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case MoveThread move:
                OnMoveThread(now, move, effects);
                return true;
            case MigrateVcpu migrate:
                OnMigrateVcpu(now, migrate.Thread, effects);
                return true;
            case StopThread stop:
                OnStopThread(now, stop, effects);
                return true;
            case PauseThread pause:
                OnPauseThread(now, pause, effects);
                return true;
            case ResumeThread resume:
                OnResumeThread(now, resume.Vcpu, effects);
                return true;
            default:
                return false;
        }
    }

    private void OnMoveThread(VirtualTime now, MoveThread move, IEffects effects)
    {
        if (_pcpu.Scheduler.Find(move.Vcpu) is not { } thread)
        {
            Forward(move.Vcpu, move, effects);
            return;
        }
        if (move.ToPcpu == _pcpu.Site.Id || thread.Stops)
        {
            return;
        }
        thread.MoveTo = move.ToPcpu;
        Dislodge(now, thread, effects);
    }

    private void OnStopThread(VirtualTime now, StopThread stop, IEffects effects)
    {
        if (_pcpu.Scheduler.Find(stop.Vcpu) is not { } thread)
        {
            Forward(stop.Vcpu, stop, effects);
            return;
        }
        thread.Stops = true;
        thread.MoveTo = null;
        Dislodge(now, thread, effects);
    }

    private void OnPauseThread(VirtualTime now, PauseThread pause, IEffects effects)
    {
        if (_pcpu.Scheduler.Find(pause.Vcpu) is not { } thread)
        {
            Forward(pause.Vcpu, pause, effects);
            return;
        }
        VirtualTime until = now + pause.Length;
        thread.Kvm.PausedUntil = VirtualTime.Max(thread.Kvm.PausedUntil ?? until, until);
        ResumeAt(now, until, thread.Vcpu, effects);
        Dislodge(now, thread, effects);
    }

    private static void ResumeAt(
        VirtualTime now,
        VirtualTime at,
        EntityId vcpu,
        IEffects effects
    ) =>
        effects.After(
            VirtualDuration.Max(at - now, VirtualDuration.Smallest),
            new ResumeThread(vcpu)
        );

    private void OnResumeThread(VirtualTime now, EntityId vcpu, IEffects effects)
    {
        VcpuThread? thread = _pcpu.Scheduler.Find(vcpu);
        if (thread?.Kvm.PausedUntil is not { } until || until > now)
        {
            return;
        }
        thread.Kvm.PausedUntil = null;
        if (
            thread.State == VcpuRunState.Blocked
            && (!thread.Kvm.Halted || thread.Kvm.HasReasonToRun)
        )
        {
            _pcpu.Interrupts.Take(now, InterruptKind.WakeUp, vcpu, effects);
        }
    }

    /// <summary>A thread that has to leave does so at once if it is off the pCPU; otherwise it is kicked.</summary>
    private void Dislodge(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        bool off = thread.State is VcpuRunState.Blocked or VcpuRunState.Runnable;
        if (off)
        {
            _pcpu.Scheduler.LeaveQueue(now, thread);
            SendAway(thread, effects);
        }
        else
        {
            _pcpu.Interrupts.Reschedule(now, thread, effects);
        }
    }

    /// <summary>
    /// The thread, which is off the pCPU, leaves for another one, and its timer with it (__kvm_migrate_apic_timer) or not;
    /// or its VM is stopped or paused.
    /// </summary>
    public void SendAway(VcpuThread thread, IEffects effects)
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
            : _pcpu.Hrtimers.Cancel(HrtimerFunction.ApicTimer, thread.Vcpu);
        thread.MoveTo = null;
        Remove(thread, to);
        effects.Send(
            to,
            _pcpu.Site.Host.IpiLatency(_pcpu.Site.Id, to),
            new MigrateVcpu(thread.Freeze(timer))
        );
    }

    /// <summary>The thread is out of guest mode: its own hrtimer goes, the vCPU has it from now on.</summary>
    private void GiveUp(VcpuThread thread, IEffects effects)
    {
        _pcpu.Hrtimers.CancelApicTimer(thread.Vcpu, served: false);
        // Not on any pCPU: what still comes for it here is not sent on.
        Remove(thread, thread.Vcpu);
        effects.Send(
            thread.Vcpu,
            _pcpu.Site.Costs.LineTransferSameSocket,
            new ThreadStopped(thread.Freeze(timer: null))
        );
    }

    private void Remove(VcpuThread thread, EntityId to)
    {
        _pcpu.Scheduler.Remove(thread);
        _movedTo.At(thread.Vcpu) = to;
    }

    private void OnMigrateVcpu(VirtualTime now, VcpuThreadState state, IEffects effects)
    {
        VcpuThread thread = _pcpu.Scheduler.Receive(state);
        _movedTo.Remove(thread.Vcpu);
        thread.Kvm.HasMoved = state.Timer is not null || state.InHardware is not null;
        if (state.Timer is { } timer)
        {
            _timerMigrations++;
            thread.Kvm.ArmedOn = _pcpu.Site.Id;
            _pcpu.Hrtimers.Start(now, timer, effects);
        }
        if (thread.Kvm.PausedUntil is { } until)
        {
            thread.State = VcpuRunState.Blocked;
            ResumeAt(now, until, thread.Vcpu, effects);
            return;
        }
        if (thread.State == VcpuRunState.Blocked && !thread.Kvm.HasReasonToRun)
        {
            return;
        }
        thread.State = VcpuRunState.Blocked;
        _pcpu.Interrupts.Take(now, InterruptKind.WakeUp, thread.Vcpu, effects);
    }

    /// <summary>After a thread that moved; what comes for one that was stopped here is void.</summary>
    public void Forward(EntityId vcpu, Message message, IEffects effects)
    {
        if (!_movedTo.TryGet(vcpu, out EntityId to))
        {
            throw new InvalidOperationException($"vCPU {vcpu} was never on this pCPU");
        }
        if (to != vcpu)
        {
            effects.Send(to, _pcpu.Site.Host.IpiLatency(_pcpu.Site.Id, to), message);
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        state.ByEntity(ref _movedTo, static (s, _, to) => s.Value(to));
        _timerMigrations = state.Value(_timerMigrations);
    }
}
