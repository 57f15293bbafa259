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
internal sealed class InterruptHandlers(
    PcpuSite site,
    CpuHrtimers hrtimers,
    HostExecutor executor,
    InterruptPosting posting,
    BoundKthread kthread,
    ThreadScheduler scheduler,
    InterruptController interrupts,
    ExitHandlers exits,
    TimerCpu? timerCpu
)
{
    private readonly PcpuSite _site = site;
    private readonly CpuHrtimers _hrtimers = hrtimers;
    private readonly HostExecutor _executor = executor;
    private readonly InterruptPosting _posting = posting;
    private readonly BoundKthread _kthread = kthread;
    private readonly ThreadScheduler _scheduler = scheduler;
    private readonly InterruptController _interrupts = interrupts;
    private readonly ExitHandlers _exits = exits;
    private readonly TimerCpu? _timerCpu = timerCpu;

    /// <summary>An interrupt's time is over: its handler does what it is for.</summary>
    public void Handle(VirtualTime now, PendingInterrupt interrupt, IEffects effects)
    {
        switch (interrupt.Kind)
        {
            case InterruptKind.Hrtimer:
                _hrtimers.BeginInterrupt();
                break;
            case InterruptKind.Doorbell:
                QueueDoorbells(interrupt.Vcpu);
                break;
            case InterruptKind.WakeUp or InterruptKind.Device:
                _scheduler.WakeThread(now, interrupt.Vcpu, effects);
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
        _posting.EndWait();
        switch (_timerCpu?.EndHold(effects))
        {
            case EndOfHold.AsksPage:
                return false;
            case EndOfHold.Posted:
                _interrupts.Stay(_posting.Wait, effects);
                return false;
            default:
                break;
        }
        while (_timerCpu?.StartNextSync(effects) != true)
        {
            if (RunNextCallback(now, effects) is not { } cost)
            {
                return true;
            }
            if (_posting.IsPosting || cost > VirtualDuration.Zero)
            {
                _interrupts.Stay(cost + _posting.Wait, effects);
                return false;
            }
        }
        return false;
    }

    /// <summary>What a page asked for is done; the interrupt that asked goes on.</summary>
    public void OnSyncResult(VirtualTime now, SyncResult result, IEffects effects)
    {
        if (_timerCpu!.Take(now, result, effects) is { } cost)
        {
            _interrupts.Stay(cost + _posting.Wait, effects);
        }
    }

    /// <summary>
    /// A doorbell's IPI is handled. As posted each has an interrupt of its own; fixed, one interrupt answers all that
    /// rang by now.
    /// </summary>
    private void QueueDoorbells(EntityId vcpu)
    {
        bool interruptsKthread = _executor.Work == HostWork.Kthread;
        _timerCpu!.QueueDoorbell(vcpu, interruptsKthread);
        if (_timerCpu.HasIpiPerDoorbell)
        {
            return;
        }
        while (_interrupts.TryWithdraw(InterruptKind.Doorbell, out EntityId another))
        {
            _timerCpu.QueueDoorbell(another, interruptsKthread);
        }
    }

    /// <summary>
    /// hrtimer_interrupt: runs the callback of the next timer that is due. What it costs beside what the interrupt
    /// itself does, which holds the first one; null if none is due any more.
    /// </summary>
    private VirtualDuration? RunNextCallback(VirtualTime now, IEffects effects)
    {
        if (_hrtimers.DequeuesAnother(now))
        {
            return _site.Costs.HrtimerCancel;
        }
        if (_hrtimers.TakeExpired(now, effects) is not { } timer)
        {
            return null;
        }
        switch (timer.Function)
        {
            case HrtimerFunction.ApicTimer:
                return ApicTimerExpired(now, timer, effects);
            case HrtimerFunction.PvSyncTimer:
                return _kthread.PacingTimerExpired(now, timer, effects);
            case HrtimerFunction.QuotaSpent:
                _scheduler.QuotaSpent(timer.Owner);
                return VirtualDuration.Zero;
            case HrtimerFunction.QuotaPeriod:
                _scheduler.EndThrottling(now, timer.Owner, effects);
                return VirtualDuration.Zero;
            default:
                _scheduler.Reschedule();
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
            _hrtimers.Start(now, timer with { Expires = again, Due = again }, effects);
        }
        if (timer.Served)
        {
            return _timerCpu!.ServedTimerExpired(now, timer, effects);
        }
        if (_scheduler.Find(timer.Owner) is not { } thread)
        {
            AbsentTimerExpired(now, timer, next, effects);
            return VirtualDuration.Zero;
        }
        _exits.NoteTimerExpiry();
        HostTimer.Expire(now, thread.Kvm, timer);
        if (thread.State != VcpuRunState.Blocked || !thread.Kvm.HasReasonToRun)
        {
            return VirtualDuration.Zero;
        }
        _scheduler.MakeRunnable(now, thread, effects);
        return _site.Costs.ThreadWake;
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
            _hrtimers.Start(now, timer with { Expires = timer.Due }, effects);
            return;
        }
        _posting.Post(timer.Owner, timer.Deadline, Poster.Interrupt, effects, next);
    }
}
