using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.ApicTimer;

/// <summary>
/// A guest that writes IA32_TSC_DEADLINE itself. Guest mode has the timer: its interrupt is delivered there, or at the
/// next entry if it was not there. The other modes of the LVT and a masked one are KVM's, as without it.
/// </summary>
internal class HardwareGuestTimer(IGuestTimerPort vcpu) : GuestTimer(vcpu)
{
    /// <summary>The processor counts to this instant; null: it does not count.</summary>
    private VirtualTime? _countsTo;

    /// <summary>What is armed is the processor's: no entity of the host knows of it.</summary>
    private bool _isInHardware;

    /// <inheritdoc/>
    public override bool HoldsTimer => _isInHardware;

    private bool IsVirtualized =>
        Vcpu.Lapic.TimerMode == LvtTimerMode.TscDeadline && Vcpu.Lapic.CanTimerInterrupt;

    /// <inheritdoc/>
    public override bool WritesWithoutExit => IsVirtualized;

    /// <inheritdoc/>
    public override TimerRequest Write(VirtualTime now, TscTicks deadline, IEffects effects)
    {
        TimerRequest request = base.Write(now, deadline, effects);
        if (!IsVirtualized || !Vcpu.IsInGuest)
        {
            _isInHardware = false;
            return request;
        }
        Load(now, effects);
        return TimerRequest.None;
    }

    /// <inheritdoc/>
    public override bool Step(VirtualTime now, Message message, IEffects effects)
    {
        if (message is not DeadlineReached reached)
        {
            return false;
        }
        if (_countsTo == reached.Due)
        {
            _countsTo = null;
            if (_isInHardware && Vcpu.IsInGuest)
            {
                Reach(now, effects);
            }
        }
        return true;
    }

    /// <summary>The deadline has come in guest mode: the processor posts the interrupt to itself.</summary>
    protected virtual void Reach(VirtualTime now, IEffects effects)
    {
        _isInHardware = false;
        Vcpu.Deliver(now, effects);
    }

    /// <summary>The VMCS holds the deadline; one that has passed is delivered before the guest's first instruction.</summary>
    public override void Entered(VirtualTime now, IEffects effects)
    {
        if (!IsVirtualized)
        {
            return;
        }
        if (Vcpu.Lapic.TscDeadline != TscTicks.Zero && Due <= now)
        {
            _isInHardware = false;
            Vcpu.DeliverAtEntry(now);
            return;
        }
        Load(now, effects);
    }

    /// <summary>HLT: KVM reads the deadline from the VMCS, and waits for it with a timer of its own.</summary>
    public override TimerRequest Halting()
    {
        if (!_isInHardware)
        {
            return TimerRequest.None;
        }
        _isInHardware = false;
        return TimerRequest.Arm(Vcpu.Lapic.TscDeadline, Due);
    }

    /// <inheritdoc/>
    public override void Disarmed(IEffects effects) => _isInHardware = false;

    /// <inheritdoc/>
    public override void ClockChanged(IEffects effects) => _countsTo = null;

    /// <inheritdoc/>
    public override void Succeed()
    {
        _countsTo = null;
        _isInHardware = false;
    }

    /// <inheritdoc/>
    public override void Transfer(StateTransfer state)
    {
        _countsTo = state.Optional(_countsTo, static (s, due) => s.Value(due));
        _isInHardware = state.Value(_isInHardware);
    }

    /// <summary>The processor has the timer, and its deadline has come.</summary>
    protected bool HasExpired(VirtualTime now) => _isInHardware && Due <= now;

    private VirtualTime Due => Vcpu.Lapic.GuestTsc.TimeOf(Vcpu.Lapic.TscDeadline);

    private void Load(VirtualTime now, IEffects effects)
    {
        _isInHardware = Vcpu.Lapic.TscDeadline != TscTicks.Zero;
        if (_isInHardware && _countsTo != Due)
        {
            VirtualTime due = Due;
            _countsTo = due;
            VirtualTime at = VirtualTime.Max(due, now + VirtualDuration.Smallest);
            effects.After(at - now, DeadlineReached.Of(due));
        }
    }
}
