using PvTimer.Model.Events;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <content>
/// Without APICv the guest's interrupts are KVM's to inject, one with each entry (kvm_check_and_inject_events):
/// <code>
///   another CPU                        the vCPU's pCPU
///     set IRR, KVM_REQ_EVENT, kick --->  EXTERNAL_INTERRUPT
///                                        entry: it can be taken?  yes: injected, handler, EOI -> MSR_WRITE (80b)
///                                                                 no: INTERRUPT_WINDOW as soon as it can
/// </code>
/// The posted-interrupt descriptor stands for what KVM_REQ_EVENT finds at the next entry: ON for the request, PIR for the
/// vectors.
/// </content>
public sealed partial class Vcpu
{
    /// <summary>Its last exit is the EOI of a handler, which runs with interrupts off: KVM cannot inject with this entry.</summary>
    private bool _isAfterEoi;

    /// <summary>A timer has kicked it out of guest mode, and it has not been entered since.</summary>
    private bool _isKickedByTimer;
    private long _timerKicks;

    private bool HasApicv => _configuration.HasApicv;

    /// <summary>kvm_vcpu_kick for a timer: EXTERNAL_INTERRUPT exits.</summary>
    internal long TimerKicks => _timerKicks;

    private void CountKick()
    {
        if (_isKickedByTimer)
        {
            _isKickedByTimer = false;
            _timerKicks++;
        }
    }

    /// <summary>Whether this entry may inject; it may ask for a window in any case.</summary>
    private bool BeginInjection()
    {
        bool injects = HasApicv || !_isAfterEoi;
        _isAfterEoi = false;
        _isKickedByTimer = false;
        return injects;
    }

    /// <summary>The guest can take an interrupt that KVM could not inject: the window that it waits for is open.</summary>
    private bool LeavesForWindow(VirtualTime now, bool injects, IEffects effects)
    {
        if (injects || HasApicv)
        {
            return false;
        }
        Exit(now, VmExitReason.InterruptWindow, 0, default, null, effects);
        return true;
    }

    private void ExitForEoi(VirtualTime now, IEffects effects)
    {
        _isAfterEoi = true;
        Exit(now, VmExitReason.MsrWrite, MsrIndex.X2ApicEoi, default, null, effects);
    }

    private void TransferInjection(StateTransfer state)
    {
        if (HasApicv)
        {
            return;
        }
        _isAfterEoi = state.Value(_isAfterEoi);
        _isKickedByTimer = state.Value(_isKickedByTimer);
        _timerKicks = state.Value(_timerKicks);
    }
}
