using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Processors;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.ApicTimer;

/// <summary>
/// The timer of a guest whose processor has it in guest mode: KVM has it while the vCPU is halted, and gives it back
/// when it enters guest mode.
/// </summary>
internal class HaltedHostTimer(IHostTimerPort pcpu) : HostTimer(pcpu)
{
    /// <inheritdoc/>
    public override VirtualDuration Entering(VirtualTime now, VcpuThread thread)
    {
        if (thread.TimerStaysInHost || !Pcpu.CancelHrtimer(thread.Vcpu, served: false))
        {
            return VirtualDuration.Zero;
        }
        thread.ArmedOn = null;
        return Costs.HrtimerCancel;
    }

    /// <inheritdoc/>
    public override void Apply(
        VirtualTime now,
        VirtualTime asked,
        VcpuThread thread,
        TimerRequest request,
        IEffects effects
    )
    {
        base.Apply(now, asked, thread, request, effects);
        if (request.Kind is not (TimerRequestKind.None or TimerRequestKind.Expired))
        {
            // The processor has neither a counter nor a timer that is masked.
            thread.TimerStaysInHost = request.IsCount || !thread.CanTimerWake;
        }
    }
}
