using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <content>
/// An SMI in VMX non-root operation, in its default treatment (SDM vol. 3C, 31.14.1): no VM-exit, and the processor is back in
/// the guest after RSM. Interrupts are blocked meanwhile; what has come is taken afterwards, and the TSC has gone on.
/// </content>
public sealed partial class Vcpu
{
    /// <summary>What has the processor leave guest mode, beside the guest's own instructions.</summary>
    private enum HeldExit
    {
        None,
        HostInterrupt,
        PreemptionTimer,
    }

    /// <summary>What the guest was at when system management mode took its core.</summary>
    private Operation _stopped;

    private bool IsInSystemManagement => _operation.Kind == OperationKind.SystemManagement;

    /// <summary>One that has left guest mode meanwhile is its pCPU's business.</summary>
    private void OnSystemManagement(VirtualTime now, SystemManagement stay, IEffects effects)
    {
        if (!_inGuest || stay.Entry != _entry)
        {
            return;
        }
        Suspend(now);
        if (!IsInSystemManagement)
        {
            _stopped = _operation;
            _operation = new Operation(OperationKind.SystemManagement);
        }
        _operation = _operation with { Left = _operation.Left + stay.Length };
        Schedule(now, effects);
    }

    private void LeaveSystemManagement(VirtualTime now, Operation done, IEffects effects)
    {
        _operation = _stopped;
        _stopped = default;
        LeaveGuest(now, (HeldExit)done.Value, effects);
    }

    /// <summary>An exit leaves guest mode, as soon as system management mode is left; the first one that comes counts.</summary>
    private void ExitOrHold(VirtualTime now, HeldExit exit, IEffects effects)
    {
        if (!IsInSystemManagement)
        {
            Suspend(now);
            LeaveGuest(now, exit, effects);
        }
        else if (_operation.Value == 0)
        {
            _operation = _operation with { Value = (ulong)exit };
        }
    }

    private void LeaveGuest(VirtualTime now, HeldExit exit, IEffects effects)
    {
        switch (exit)
        {
            case HeldExit.HostInterrupt:
                TimerRequest asked = _timer.Interrupted(now);
                Exit(now, VmExitReason.ExternalInterrupt, 0, asked, null, effects);
                break;
            case HeldExit.PreemptionTimer:
                Exit(now, VmExitReason.PreemptionTimer, 0, TimerRequest.None, null, effects);
                break;
            default:
                break;
        }
    }
}
