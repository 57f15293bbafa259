using PvTimer.Model.Apic;
using PvTimer.Model.State;

namespace PvTimer.Model.Vcpus;

/// <summary>
/// The interrupt that a guest takes next. With APICv the processor delivers what its LAPIC has; without, the guest's
/// interrupts are KVM's to inject, one with each entry (kvm_check_and_inject_events):
/// <code>
///   another CPU                        the vCPU's pCPU
///     set IRR, KVM_REQ_EVENT, kick --->  EXTERNAL_INTERRUPT
///                                        entry: it can be taken?  yes: injected, handler, EOI -> MSR_WRITE (80b)
///                                                                 no: INTERRUPT_WINDOW as soon as it can
/// </code>
/// The posted-interrupt descriptor stands for what KVM_REQ_EVENT finds at the next entry: ON for the request, PIR for the
/// vectors.
/// </summary>
internal sealed class EventInjection(bool hasApicv, Lapic lapic, ApicSignals signals) : IStateful
{
    private readonly bool _hasApicv = hasApicv;
    private readonly Lapic _lapic = lapic;
    private readonly ApicSignals _signals = signals;

    /// <summary>Its last exit is the EOI of a handler, which runs with interrupts off: KVM cannot inject with this entry.</summary>
    private bool _isAfterEoi;

    /// <summary>A timer has kicked it out of guest mode, and it has not been entered since.</summary>
    private bool _isKickedByTimer;
    private long _timerKicks;

    /// <summary>kvm_vcpu_kick for a timer: EXTERNAL_INTERRUPT exits.</summary>
    public long TimerKicks => _timerKicks;

    /// <summary>A vCPU in guest mode is kicked, so that KVM can inject.</summary>
    public void Kick(bool byTimer) => _isKickedByTimer |= byTimer;

    /// <summary>An interrupt of the host makes the vCPU exit; it may be the kick's.</summary>
    public void CountKick()
    {
        if (_isKickedByTimer)
        {
            _isKickedByTimer = false;
            _timerKicks++;
        }
    }

    /// <summary>An EOI exits.</summary>
    public void ExitForEoi() => _isAfterEoi = true;

    /// <summary>VM-entry: whether it may inject; it may ask for a window in any case.</summary>
    public bool BeginEntry()
    {
        _signals.QueueNmis();
        bool injects = _hasApicv || !_isAfterEoi;
        _isAfterEoi = false;
        _isKickedByTimer = false;
        return injects;
    }

    /// <summary>An NMI, or what the LAPIC has, waits for the guest to be interruptible.</summary>
    public bool HasEvent => _signals.IsNmiPending || _lapic.Deliverable >= 0;

    /// <summary>The guest can take an interrupt that KVM could not inject: the window that it waits for is open.</summary>
    public bool NeedsWindow(bool injects) => !injects && !_hasApicv && !_signals.IsNmiPending;

    /// <summary>The guest takes it: an NMI goes before what the LAPIC has.</summary>
    public byte TakeEvent()
    {
        if (_signals.IsNmiPending)
        {
            _signals.TakeNmi();
            return ApicSignals.NmiVector;
        }
        return _lapic.Acknowledge();
    }

    /// <summary>INIT came: it is not asked for anything until a start-up IPI comes.</summary>
    public bool AwaitsStartUp => _signals.AwaitsStartUp;

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        if (_hasApicv)
        {
            return;
        }
        _isAfterEoi = state.Value(_isAfterEoi);
        _isKickedByTimer = state.Value(_isKickedByTimer);
        _timerKicks = state.Value(_timerKicks);
    }
}
