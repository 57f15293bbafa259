using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Processors;

/// <summary>
/// What the host's interrupt handlers do: wake threads, answer doorbells, run the callbacks of the hrtimers that are due
/// (hrtimer_interrupt).
/// </summary>
internal readonly struct InterruptHandlers(Pcpu pcpu)
{
    private readonly Pcpu _pcpu = pcpu;

    /// <summary>An interrupt's time is over: its handler does what it is for.</summary>
    public void Handle(VirtualTime now, PendingInterrupt interrupt, IEffects effects)
    {
        switch (interrupt.Kind)
        {
            case InterruptKind.Doorbell:
                QueueDoorbells(interrupt.Vcpu);
                break;
            case InterruptKind.WakeUp or InterruptKind.Device:
                _pcpu.Scheduler.WakeThread(now, interrupt.Vcpu, effects);
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// What is still to be done in this interrupt, one thing after the other, each as long as it takes: synchronise
    /// who is queued, run the callbacks that are due. True if nothing is.
    /// </summary>
    public bool Continue(VirtualTime now, IEffects effects)
    {
        _pcpu.Posting.EndWait();
        switch (_pcpu.TimerCpu?.EndHold(effects))
        {
            case EndOfHold.AsksPage:
                return false;
            case EndOfHold.Posted:
                _pcpu.Interrupts.Stay(_pcpu.Posting.Wait, effects);
                return false;
            default:
                break;
        }
        while (_pcpu.TimerCpu?.StartNextSync(effects) != true)
        {
            if (RunNextCallback(now, effects) is not { } cost)
            {
                return true;
            }
            if (_pcpu.Posting.IsPosting || cost > VirtualDuration.Zero)
            {
                _pcpu.Interrupts.Stay(cost + _pcpu.Posting.Wait, effects);
                return false;
            }
        }
        return false;
    }

    /// <summary>What a page asked for is done; the interrupt that asked goes on.</summary>
    public void OnSyncResult(VirtualTime now, SyncResult result, IEffects effects)
    {
        if (_pcpu.TimerCpu!.Take(now, result, effects) is { } cost)
        {
            _pcpu.Interrupts.Stay(cost + _pcpu.Posting.Wait, effects);
        }
    }

    /// <summary>
    /// A doorbell's IPI is handled. As posted each has an interrupt of its own; fixed, one interrupt answers all that
    /// rang by now.
    /// </summary>
    private void QueueDoorbells(EntityId vcpu)
    {
        bool interruptsKthread = _pcpu.Executor.Work == HostWork.Kthread;
        _pcpu.TimerCpu!.QueueDoorbell(vcpu, interruptsKthread);
        if (_pcpu.TimerCpu.HasIpiPerDoorbell)
        {
            return;
        }
        while (_pcpu.Interrupts.TryWithdraw(InterruptKind.Doorbell, out EntityId another))
        {
            _pcpu.TimerCpu.QueueDoorbell(another, interruptsKthread);
        }
    }

    /// <summary>
    /// hrtimer_interrupt: runs the callback of the next timer that is due. What it costs beside what the interrupt
    /// itself does, which holds the first one; null if none is due any more.
    /// </summary>
    private VirtualDuration? RunNextCallback(VirtualTime now, IEffects effects)
    {
        if (_pcpu.Hrtimers.DequeuesAnother(now))
        {
            return _pcpu.Site.Costs.HrtimerCancel;
        }
        if (_pcpu.Hrtimers.TakeExpired(now, effects) is not { } timer)
        {
            return null;
        }
        switch (timer.Function)
        {
            case HrtimerFunction.ApicTimer:
                return ApicTimerExpired(now, timer, effects);
            case HrtimerFunction.PvSyncTimer:
                return _pcpu.Kthread.PacingTimerExpired(now, timer, effects);
            case HrtimerFunction.QuotaSpent:
                _pcpu.Scheduler.QuotaSpent(timer.Owner);
                return VirtualDuration.Zero;
            case HrtimerFunction.QuotaPeriod:
                _pcpu.Scheduler.EndThrottling(now, timer.Owner, effects);
                return VirtualDuration.Zero;
            default:
                _pcpu.Scheduler.Reschedule();
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
            _pcpu.Hrtimers.Start(now, timer with { Expires = again, Due = again }, effects);
        }
        if (timer.Served)
        {
            return _pcpu.TimerCpu!.ServedTimerExpired(now, timer, effects);
        }
        if (_pcpu.Scheduler.Find(timer.Owner) is not { } thread)
        {
            AbsentTimerExpired(now, timer, next, effects);
            return VirtualDuration.Zero;
        }
        _pcpu.Exits.NoteTimerExpiry();
        HostTimer.Expire(now, thread.Kvm, timer);
        if (thread.State != VcpuRunState.Blocked || !thread.Kvm.HasReasonToRun)
        {
            return VirtualDuration.Zero;
        }
        _pcpu.Scheduler.MakeRunnable(now, thread, effects);
        return _pcpu.Site.Costs.ThreadWake;
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
            _pcpu.Hrtimers.Start(now, timer with { Expires = timer.Due }, effects);
            return;
        }
        _pcpu.Posting.Post(timer.Owner, timer.Deadline, Poster.Interrupt, effects, next);
    }
}
