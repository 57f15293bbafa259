using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.ApicTimer;

/// <summary>
/// The timer of a guest whose processor has it in guest mode: KVM has it while the vCPU is halted, and gives it back
/// when it enters guest mode.
/// </summary>
internal class HaltedHostTimer(IHostTimerPort pcpu) : HostTimer(pcpu)
{
    /// <inheritdoc/>
    public override VirtualDuration Entering(VirtualTime now, KvmVcpu vcpu)
    {
        if (vcpu.TimerStaysInHost || !Pcpu.CancelHrtimer(vcpu.Id, served: false))
        {
            return VirtualDuration.Zero;
        }
        vcpu.ArmedOn = null;
        return Costs.HrtimerCancel;
    }

    /// <inheritdoc/>
    public override void Apply(
        VirtualTime now,
        VirtualTime asked,
        KvmVcpu vcpu,
        TimerRequest request,
        IEffects effects
    )
    {
        base.Apply(now, asked, vcpu, request, effects);
        if (request.Kind is not (TimerRequestKind.None or TimerRequestKind.Expired))
        {
            // The processor has neither a counter nor a timer that is masked.
            vcpu.TimerStaysInHost = request.IsCount || !vcpu.CanTimerWake;
        }
    }
}
