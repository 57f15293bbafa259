using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <summary>
/// What takes the core from the guest: the host's interrupts and the preemption timer, with an exit; an SMI in VMX non-root
/// operation, in its default treatment (SDM vol. 3C, 31.14.1), without one: the processor is back in the guest after RSM.
/// Interrupts are blocked meanwhile; what has come is taken afterwards, and the TSC has gone on.
/// </summary>
internal readonly struct ForcedExits(Vcpu vcpu)
{
    private readonly Vcpu _vcpu = vcpu;

    /// <summary>A host interrupt at the core: a VM-exit, unless the vCPU has left in the meantime.</summary>
    public void OnHostInterrupt(VirtualTime now, HostInterrupt interrupt, IEffects effects)
    {
        if (_vcpu.Mode.IsInGuestSince(interrupt.Entry))
        {
            _vcpu.Injection.CountKick();
            ExitOrHold(now, ForcedExit.HostInterrupt, effects);
        }
    }

    /// <summary>The preemption timer's VM-exit, unless the vCPU has left in the meantime.</summary>
    public void OnPreemptionTimer(VirtualTime now, PreemptionTimerExit exit, IEffects effects)
    {
        if (_vcpu.Mode.IsInGuestSince(exit.Entry))
        {
            ExitOrHold(now, ForcedExit.PreemptionTimer, effects);
        }
    }

    /// <summary>The preemption timer is at 0 when guest mode begins.</summary>
    public void ExitForCounter(VirtualTime now, IEffects effects) =>
        ExitOrHold(now, ForcedExit.PreemptionTimer, effects);

    /// <summary>An SMI. One that has left guest mode meanwhile is its pCPU's business.</summary>
    public void OnSystemManagement(VirtualTime now, SystemManagement stay, IEffects effects)
    {
        if (_vcpu.Mode.IsInGuestSince(stay.Entry))
        {
            _vcpu.Execution.EnterSystemManagement(now, stay.Length, effects);
        }
    }

    /// <summary>RSM: the guest goes on, or exits if that waited.</summary>
    public void LeaveSystemManagement(VirtualTime now, GuestOperation done, IEffects effects) =>
        LeaveGuest(now, _vcpu.Execution.LeaveSystemManagement(done), effects);

    /// <summary>An exit leaves guest mode, as soon as system management mode is left.</summary>
    private void ExitOrHold(VirtualTime now, ForcedExit exit, IEffects effects)
    {
        if (_vcpu.Execution.IsInSystemManagement)
        {
            _vcpu.Execution.HoldExit(exit);
        }
        else
        {
            _vcpu.Execution.Suspend(now);
            LeaveGuest(now, exit, effects);
        }
    }

    private void LeaveGuest(VirtualTime now, ForcedExit exit, IEffects effects)
    {
        switch (exit)
        {
            case ForcedExit.HostInterrupt:
                TimerRequest asked = _vcpu.Timer.Interrupted(now);
                _vcpu.VmExits.Exit(now, VmExitReason.ExternalInterrupt, effects, timer: asked);
                break;
            case ForcedExit.PreemptionTimer:
                _vcpu.VmExits.Exit(now, VmExitReason.PreemptionTimer, effects);
                break;
            default:
                break;
        }
    }
}
