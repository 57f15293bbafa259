using PvTimer.Model.Apic;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers;

/// <summary>
/// A back-end's part of a pCPU: what KVM does there with the timers of the threads that run on it. As it stands here
/// a timer is an hrtimer of the pCPU, and follows its vcpu.
/// </summary>
internal class HostTimer(IHostTimerPort pcpu)
{
    protected IHostTimerPort Pcpu { get; } = pcpu;

    protected CostProfile Costs => Pcpu.Host.Costs;

    /// <summary>It does not follow its thread to another pCPU.</summary>
    public virtual bool StaysWhenThreadMoves => false;

    /// <summary>KVM's handler of an exit that is neither an interrupt's nor HLT's, without what it asks of the timer.</summary>
    public virtual VirtualDuration HandlerOf(VmExit exit) => Costs.MsrWriteHandler;

    /// <summary>What a request adds to the handler of the exit that brings it.</summary>
    /// <param name="at">When the handler gets to it.</param>
    /// <param name="vcpu">Whose.</param>
    /// <param name="request">What it asks.</param>
    public virtual VirtualDuration CostOf(VirtualTime at, KvmVcpu vcpu, TimerRequest request) =>
        IsQueued(at, vcpu) && request.Kind is TimerRequestKind.Arm or TimerRequestKind.Cancel
            ? Costs.HrtimerCancel
            : VirtualDuration.Zero;

    /// <summary>An exit's handler ends with hrtimer_start: the deadline has not passed when it gets there.</summary>
    public virtual bool StartsHrtimer(VirtualTime at, KvmVcpu vcpu, VmExit exit) =>
        exit.Timer.Kind == TimerRequestKind.Arm
        && (exit.Timer.Period > VirtualDuration.Zero || ExpiresOf(vcpu, exit.Timer) > at);

    /// <summary>
    /// start_apic_timer: cancel, forget what has expired but was not injected, and arm; what had passed when it was
    /// asked for has expired at once, and nothing is started.
    /// </summary>
    public virtual void Apply(
        VirtualTime now,
        VirtualTime asked,
        KvmVcpu vcpu,
        TimerRequest request,
        IEffects effects
    )
    {
        if (request.Kind is TimerRequestKind.None or TimerRequestKind.Expired)
        {
            return;
        }
        Cancel(vcpu, effects);
        vcpu.Expired = null;
        if (request.Kind == TimerRequestKind.Cancel)
        {
            return;
        }
        VirtualTime expires = ExpiresOf(vcpu, request);
        bool isPeriodic = request.Period > VirtualDuration.Zero;
        bool hasPassed = expires <= asked;
        if (hasPassed)
        {
            if (isPeriodic)
            {
                expires = Lapic.Advance(request.Due, request.Period, now);
            }
            vcpu.Expired = new ExpiredTimer(
                request.Deadline,
                request.Due,
                isPeriodic ? expires : null,
                expires < request.Due
            );
        }
        if (!hasPassed || isPeriodic)
        {
            Hrtimer timer = new(
                HrtimerFunction.ApicTimer,
                vcpu.Id,
                expires,
                request.Deadline,
                request.Period
            )
            {
                Due = isPeriodic ? expires : request.Due,
            };
            Arm(now, vcpu, timer, effects);
        }
    }

    /// <summary>The vCPU is halted, and nothing has it run.</summary>
    /// <param name="now">When.</param>
    /// <param name="asked">When the handler looked whether its timer has expired.</param>
    /// <param name="vcpu">Who.</param>
    /// <param name="effects">Where what comes of it goes.</param>
    public virtual void Halted(
        VirtualTime now,
        VirtualTime asked,
        KvmVcpu vcpu,
        IEffects effects
    ) { }

    /// <summary>
    /// It is about to enter guest mode; what that takes longer: the hrtimer of one that has moved is cancelled and started
    /// anew (__kvm_migrate_apic_timer).
    /// </summary>
    public virtual VirtualDuration Entering(VirtualTime now, KvmVcpu vcpu) =>
        vcpu.HasMoved && IsQueued(now, vcpu)
            ? Costs.HrtimerCancel + Costs.HrtimerStart
            : VirtualDuration.Zero;

    /// <summary>The processor's timer of this vCPU is at 0 when the guest's first instruction would begin.</summary>
    public virtual bool IsAtZero(KvmVcpu vcpu, VirtualTime inGuestFrom) => false;

    /// <summary>It enters guest mode.</summary>
    /// <param name="now">When that was decided.</param>
    /// <param name="vcpu">Who.</param>
    /// <param name="inGuestFrom">When the guest's first instruction begins.</param>
    /// <param name="effects">Where what comes of it goes.</param>
    public virtual void Entered(
        VirtualTime now,
        KvmVcpu vcpu,
        VirtualTime inGuestFrom,
        IEffects effects
    ) { }

    /// <summary>The exit of a timer that the processor has: PREEMPTION_TIMER.</summary>
    public virtual void HardwareExpired(VirtualTime now, KvmVcpu vcpu) { }

    /// <summary>
    /// apic_timer_expired: nothing accumulates while one is pending. In periodic mode, the target expiration that
    /// follows.
    /// </summary>
    public static VirtualTime? Expire(VirtualTime now, KvmVcpu vcpu, Hrtimer timer)
    {
        VirtualTime? next =
            timer.Period > VirtualDuration.Zero
                ? Lapic.Advance(timer.Expires, timer.Period, now)
                : null;
        ExpiredTimer pending =
            vcpu.Expired
            ?? new ExpiredTimer(timer.Deadline, timer.Due, next, timer.Expires < timer.Due);
        vcpu.Expired = pending with { Next = next };
        return next;
    }

    /// <summary>By lapic_timer_advance_ns before it is due.</summary>
    protected VirtualTime ExpiresOf(KvmVcpu vcpu, TimerRequest request)
    {
        VirtualDuration advance = vcpu.TunedAdvance ?? Pcpu.Host.TimerAdvance;
        return !request.IsCount && request.Due - VirtualTime.Zero > advance
            ? request.Due - advance
            : request.Due;
    }

    /// <summary>Its hrtimer is still in the queue of this pCPU then, and has to be cancelled.</summary>
    protected bool IsQueued(VirtualTime at, KvmVcpu vcpu) =>
        Pcpu.FindHrtimer(vcpu.Id) is { } timer && timer.Expires > at;

    /// <summary>Starts it, wherever this back-end has its timers.</summary>
    protected virtual void Arm(VirtualTime now, KvmVcpu vcpu, Hrtimer timer, IEffects effects)
    {
        Pcpu.StartHrtimer(now, timer, effects);
        vcpu.ArmedOn = Pcpu.Id;
    }

    /// <summary>hrtimer_cancel: here, and where a vCPU whose timer does not move left it.</summary>
    protected virtual void Cancel(KvmVcpu vcpu, IEffects effects)
    {
        Pcpu.CancelHrtimer(vcpu.Id, served: false);
        if (vcpu.ArmedOn is { } elsewhere && elsewhere != Pcpu.Id)
        {
            effects.Send(
                elsewhere,
                Pcpu.Host.IpiLatency(Pcpu.Id, elsewhere),
                CancelTimer.Of(vcpu.Id, served: false)
            );
        }
        vcpu.ArmedOn = null;
    }
}
