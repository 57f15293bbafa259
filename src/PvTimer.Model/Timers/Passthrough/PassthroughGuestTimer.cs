using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.ApicTimer;

namespace PvTimer.Model.Timers.Passthrough;

/// <summary>The physical timer's interrupt reaches the core in guest mode: it exits, and comes in with the next entry.</summary>
internal sealed class PassthroughGuestTimer(IGuestTimerPort vcpu) : HardwareGuestTimer(vcpu)
{
    private long _expiryExits;

    /// <inheritdoc/>
    public override long ExpiryExits => _expiryExits;

    /// <summary>Those from before have come back with its VM.</summary>
    public override void Succeed()
    {
        base.Succeed();
        _expiryExits = 0;
    }

    /// <inheritdoc/>
    protected override void Reach(VirtualTime now, IEffects effects) => Vcpu.Interrupt(effects);

    /// <summary>It is the physical timer's, or comes with that.</summary>
    public override TimerRequest Interrupted(VirtualTime now)
    {
        if (!HasExpired(now))
        {
            return TimerRequest.None;
        }
        _expiryExits++;
        return TimerRequest.Expired;
    }

    /// <inheritdoc/>
    public override void Transfer(StateTransfer state)
    {
        base.Transfer(state);
        _expiryExits = state.Value(_expiryExits);
    }
}
