using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paratick;

/// <summary>The guest's kernel leaves its ticks to the host, which counts them without being asked.</summary>
internal sealed class ParatickGuestTimer(IGuestTimerPort vcpu) : GuestTimer(vcpu)
{
    /// <inheritdoc/>
    public override bool TakesTick(VirtualTime now, TscTicks deadline, IEffects effects)
    {
        TimerRequest tick = Vcpu.Record(now, Vcpu.Lapic.WriteTscDeadline(deadline));
        Vcpu.Ask(tick, effects);
        return true;
    }
}
