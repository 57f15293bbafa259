using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Timers.PreemptionTimer;

/// <summary>
/// kvm_lapic's hv timer. An armed timer is in one of three places:
/// <code>
///   Arm --> the VMCS (vcpu.InHardware) --HLT--> hrtimer of the pCPU --entry--> the VMCS
///             | in guest mode at its expiry                | expires: the thread is woken
///             PREEMPTION_TIMER: expired, injected at the next entry
/// </code>
/// A thread that was preempted finds an expired one when it enters guest mode again: it exits at once.
/// </summary>
internal class PreemptionHostTimer(IHostTimerPort pcpu) : HostTimer(pcpu)
{
    /// <summary>The counter has 32 bits and counts each 32nd cycle of the host's TSC (IA32_VMX_MISC[4:0] = 5).</summary>
    public const long LongestCycles = 1L << (32 + 5);

    /// <inheritdoc/>
    public override VirtualDuration HandlerOf(VmExit exit) =>
        exit.Reason == VmExitReason.PreemptionTimer
            ? Costs.PreemptionTimerHandler!.Value
            : base.HandlerOf(exit);

    /// <summary>The VMCS is written at entry, which costs nothing beside it.</summary>
    public override VirtualDuration CostOf(VirtualTime at, KvmVcpu vcpu, TimerRequest request) =>
        request.Kind != TimerRequestKind.None && IsQueued(at, vcpu)
            ? Costs.HrtimerCancel
            : VirtualDuration.Zero;

    /// <summary>For a deadline that is too far for the counter, and for the one that it counts to when the vCPU halts.</summary>
    public override bool StartsHrtimer(VirtualTime at, KvmVcpu vcpu, VmExit exit) =>
        exit.Reason == VmExitReason.Hlt
            ? !vcpu.HasReasonToRun && vcpu.InHardware is { } timer && timer.Expires > at
            : base.StartsHrtimer(at, vcpu, exit) && !Fits(at, ExpiresOf(vcpu, exit.Timer));

    /// <inheritdoc/>
    protected override void Arm(VirtualTime now, KvmVcpu vcpu, Hrtimer timer, IEffects effects)
    {
        // kvm_lapic_hv_timer_in_use: what the counter could not hold then stays an hrtimer, however near it comes.
        vcpu.TimerStaysInHost = !Fits(now, timer.Expires);
        if (!vcpu.TimerStaysInHost)
        {
            vcpu.InHardware = timer;
        }
        else
        {
            base.Arm(now, vcpu, timer, effects);
        }
    }

    /// <inheritdoc/>
    protected override void Cancel(KvmVcpu vcpu, IEffects effects)
    {
        vcpu.InHardware = null;
        base.Cancel(vcpu, effects);
    }

    /// <summary>kvm_lapic_switch_to_sw_timer: the processor does not count while the vCPU is not in guest mode.</summary>
    public override void Halted(VirtualTime now, VirtualTime asked, KvmVcpu vcpu, IEffects effects)
    {
        if (vcpu.InHardware is not { } timer)
        {
            return;
        }
        vcpu.InHardware = null;
        if (timer.Expires > asked)
        {
            base.Arm(now, vcpu, timer, effects);
        }
        else
        {
            VirtualTime? next = Expire(now, vcpu, timer);
            if (next is { } again)
            {
                base.Arm(now, vcpu, timer with { Expires = again, Due = again }, effects);
            }
        }
    }

    /// <summary>
    /// kvm_lapic_switch_to_hv_timer, after a halt, or kvm_lapic_restart_hv_timer on another pCPU: one that has expired by then
    /// is injected, and makes no exit.
    /// </summary>
    public override VirtualDuration Entering(VirtualTime now, KvmVcpu vcpu)
    {
        if (vcpu.HasMoved)
        {
            HardwareExpired(now, vcpu);
        }
        if (vcpu.TimerStaysInHost || Pcpu.FindHrtimer(vcpu.Id) is not { Served: false } timer)
        {
            return base.Entering(now, vcpu);
        }
        Pcpu.CancelHrtimer(vcpu.Id, served: false);
        vcpu.ArmedOn = null;
        vcpu.InHardware = timer;
        return Costs.HrtimerCancel;
    }

    /// <inheritdoc/>
    public override bool IsAtZero(KvmVcpu vcpu, VirtualTime inGuestFrom) =>
        vcpu.InHardware is { } timer && timer.Expires <= inGuestFrom;

    /// <summary>vmx_update_hv_timer: the value that the processor counts down from in guest mode.</summary>
    public override void Entered(
        VirtualTime now,
        KvmVcpu vcpu,
        VirtualTime inGuestFrom,
        IEffects effects
    )
    {
        if (vcpu.InHardware is not { } timer)
        {
            return;
        }
        if (IsAtZero(vcpu, inGuestFrom))
        {
            // Set from outside, for a guest that is in guest mode already.
            VirtualDuration first = inGuestFrom + VirtualDuration.Smallest - now;
            effects.Send(
                vcpu.Id,
                VirtualDuration.Max(first, Costs.InterruptRecognition),
                PreemptionTimerExit.Of(vcpu.Entry)
            );
        }
        else if (vcpu.CountsDownTo != timer.Expires)
        {
            vcpu.CountsDownTo = timer.Expires;
            effects.After(timer.Expires - now, PreemptionTimerZero.Of(vcpu.Id, timer.Expires));
        }
    }

    /// <summary>handle_preemption_timer (kvm_lapic_expired_hv_timer).</summary>
    public override void HardwareExpired(VirtualTime now, KvmVcpu vcpu)
    {
        if (vcpu.InHardware is not { } timer || timer.Expires > now)
        {
            return;
        }
        VirtualTime? next = Expire(now, vcpu, timer);
        vcpu.InHardware = next is { } again ? timer with { Expires = again, Due = again } : null;
    }

    private bool Fits(VirtualTime now, VirtualTime expires) =>
        expires - now < Pcpu.Host.Tsc.SpanOf(LongestCycles);
}
