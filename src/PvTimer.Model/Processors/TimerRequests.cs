using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>What vCPUs and other pCPUs ask of the timers on a pCPU, beside what comes with an exit.</summary>
internal readonly struct TimerRequests(Pcpu pcpu)
{
    private readonly Pcpu _pcpu = pcpu;

    /// <summary>False: the message is about something else.</summary>
    public bool Step(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case ProgramTimer program:
                OnProgramTimer(now, program, effects);
                return true;
            case CancelTimer cancel:
                _pcpu.Hrtimers.CancelApicTimer(cancel.Vcpu, cancel.Served);
                return true;
            case DropTimer drop:
                Drop(drop.Vcpu, effects);
                return true;
            case QueueTimer queue:
                _pcpu.Hrtimers.Start(now, queue.Timer, effects);
                return true;
            case PreemptionTimerZero zero:
                OnPreemptionTimerZero(now, zero, effects);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The core's LAPIC timer has come to its end.</summary>
    public void OnHrtimerExpiry(VirtualTime now, HrtimerExpiry expiry, IEffects effects)
    {
        bool isDue =
            _pcpu.Hrtimers.Reach(now, expiry, effects)
            // One that is pending stays one: a vector has one bit in the core's IRR.
            && !_pcpu.Interrupts.IsTimerPending;
        if (isDue)
        {
            _pcpu.Interrupts.Take(now, InterruptKind.Hrtimer, null, effects);
        }
    }

    private void OnProgramTimer(VirtualTime now, ProgramTimer program, IEffects effects)
    {
        if (_pcpu.Scheduler.Find(program.Vcpu) is not { } thread)
        {
            _pcpu.Migration.Forward(program.Vcpu, program, effects);
            return;
        }
        if (program.Entry < thread.Kvm.AskedIn)
        {
            // It followed the thread, and what the guest itself has asked meanwhile came first (vcpu->mutex).
            return;
        }
        thread.Kvm.CanTimerWake = program.CanTimerWake;
        thread.Timer.Apply(now, now, thread.Kvm, program.Request, effects);
        if (thread.Kvm.Halted && !thread.Kvm.HasReasonToRun)
        {
            // vcpu_block: of a thread that comes halted from another host the processor has no timer either.
            thread.Timer.Halted(now, now, thread.Kvm, effects);
        }
        if (IsInGuest(thread))
        {
            thread.Timer.Entered(now, thread.Kvm, VirtualTime.Max(now, _pcpu.Guest.From), effects);
        }
        Notice(now, thread, effects);
    }

    /// <summary>A timer that was set from outside may be due already: the thread that waits for it must see it.</summary>
    private void Notice(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        if (thread.Kvm.Expired is null)
        {
            return;
        }
        if (thread.State == VcpuRunState.Blocked && thread.Kvm.HasReasonToRun)
        {
            _pcpu.Interrupts.Take(now, InterruptKind.WakeUp, thread.Vcpu, effects);
        }
        else if (thread.State == VcpuRunState.Polling)
        {
            _pcpu.Halts.Look(now, effects);
        }
        else if (IsInGuest(thread))
        {
            _pcpu.Interrupts.Take(now, InterruptKind.Reschedule, thread.Vcpu, effects);
        }
    }

    /// <summary>In guest mode it exits; otherwise its next entry finds it.</summary>
    private void OnPreemptionTimerZero(VirtualTime now, PreemptionTimerZero zero, IEffects effects)
    {
        if (
            _pcpu.Scheduler.Find(zero.Vcpu) is not { } thread
            || thread.Kvm.CountsDownTo != zero.Due
        )
        {
            return;
        }
        thread.Kvm.CountsDownTo = null;
        if (IsInGuest(thread) && thread.Kvm.InHardware?.Expires == zero.Due)
        {
            _pcpu.Guest.ExpirePreemptionTimer(now, thread, effects);
        }
    }

    /// <summary>Its VM is stopped: nothing of its timers stays here.</summary>
    public void Drop(EntityId vcpu, IEffects effects)
    {
        _pcpu.Hrtimers.Cancel(HrtimerFunction.ApicTimer, vcpu);
        _pcpu.TimerCpu?.Drop(vcpu);
        effects.Send(vcpu, _pcpu.Site.Costs.LineTransferSameSocket, TimerDropped.Instance);
    }

    private bool IsInGuest(VcpuThread thread) =>
        thread == _pcpu.Scheduler.Current && _pcpu.Guest.IsActive;
}
