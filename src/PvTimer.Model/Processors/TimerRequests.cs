using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Processors;

/// <summary>What vCPUs and other pCPUs ask of the timers on a pCPU, beside what comes with an exit.</summary>
internal sealed class TimerRequests(
    PcpuSite site,
    CpuHrtimers hrtimers,
    ThreadScheduler scheduler,
    GuestMode guest,
    InterruptController interrupts,
    ThreadMigration migration,
    HaltHandler halts,
    TimerCpu? timerCpu
)
{
    private readonly PcpuSite _site = site;
    private readonly CpuHrtimers _hrtimers = hrtimers;
    private readonly ThreadScheduler _scheduler = scheduler;
    private readonly GuestMode _guest = guest;
    private readonly InterruptController _interrupts = interrupts;
    private readonly ThreadMigration _migration = migration;
    private readonly HaltHandler _halts = halts;
    private readonly TimerCpu? _timerCpu = timerCpu;

    /// <summary>False: the message is about something else.</summary>
    public bool Step(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case ProgramTimer program:
                OnProgramTimer(now, program, effects);
                return true;
            case CancelTimer cancel:
                _hrtimers.CancelApicTimer(cancel.Vcpu, cancel.Served);
                return true;
            case DropTimer drop:
                Drop(drop.Vcpu, effects);
                return true;
            case QueueTimer queue:
                _hrtimers.Start(now, queue.Timer, effects);
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
            _hrtimers.Reach(now, expiry, effects)
            // One that is pending stays one: a vector has one bit in the core's IRR.
            && !_interrupts.IsTimerPending;
        if (isDue)
        {
            _interrupts.Take(now, InterruptKind.Hrtimer, null, effects);
        }
    }

    private void OnProgramTimer(VirtualTime now, ProgramTimer program, IEffects effects)
    {
        if (_scheduler.Find(program.Vcpu) is not { } thread)
        {
            _migration.Forward(program.Vcpu, program, effects);
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
            thread.Timer.Entered(now, thread.Kvm, VirtualTime.Max(now, _guest.From), effects);
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
            _interrupts.Take(now, InterruptKind.WakeUp, thread.Vcpu, effects);
        }
        else if (thread.State == VcpuRunState.Polling)
        {
            _halts.Look(now, effects);
        }
        else if (IsInGuest(thread))
        {
            _interrupts.Take(now, InterruptKind.Reschedule, thread.Vcpu, effects);
        }
    }

    /// <summary>In guest mode it exits; otherwise its next entry finds it.</summary>
    private void OnPreemptionTimerZero(VirtualTime now, PreemptionTimerZero zero, IEffects effects)
    {
        if (_scheduler.Find(zero.Vcpu) is not { } thread || thread.Kvm.CountsDownTo != zero.Due)
        {
            return;
        }
        thread.Kvm.CountsDownTo = null;
        if (IsInGuest(thread) && thread.Kvm.InHardware?.Expires == zero.Due)
        {
            _guest.ExpirePreemptionTimer(now, thread, effects);
        }
    }

    /// <summary>Its VM is stopped: nothing of its timers stays here.</summary>
    public void Drop(EntityId vcpu, IEffects effects)
    {
        _hrtimers.Cancel(HrtimerFunction.ApicTimer, vcpu);
        _timerCpu?.Drop(vcpu);
        effects.Send(vcpu, _site.Costs.LineTransferSameSocket, TimerDropped.Instance);
    }

    private bool IsInGuest(VcpuThread thread) => thread == _scheduler.Current && _guest.IsActive;
}
