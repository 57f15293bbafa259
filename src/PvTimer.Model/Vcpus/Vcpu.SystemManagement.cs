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
        if (done.Value != 0)
        {
            Exit(now, VmExitReason.ExternalInterrupt, 0, TimerRequest.None, null, effects);
        }
    }
}
