using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <summary>
/// What takes the core from the guest: the host's interrupts and the preemption timer, with an exit; an SMI in VMX non-root
/// operation, in its default treatment (SDM vol. 3C, 31.14.1), without one: the processor is back in the guest after RSM.
/// Interrupts are blocked meanwhile; what has come is taken afterwards, and the TSC has gone on.
/// </summary>
internal sealed class ForcedExits(
    GuestTimer timer,
    VcpuMode mode,
    GuestExecution execution,
    VmExits exits,
    EventInjection injection
)
{
    private readonly GuestTimer _timer = timer;
    private readonly VcpuMode _mode = mode;
    private readonly GuestExecution _execution = execution;
    private readonly VmExits _exits = exits;
    private readonly EventInjection _injection = injection;

    /// <summary>A host interrupt at the core: a VM-exit, unless the vCPU has left in the meantime.</summary>
    public void OnHostInterrupt(VirtualTime now, HostInterrupt interrupt, IEffects effects)
    {
        if (_mode.IsInGuestSince(interrupt.Entry))
        {
            _injection.CountKick();
            ExitOrHold(now, ForcedExit.HostInterrupt, effects);
        }
    }

    /// <summary>The preemption timer's VM-exit, unless the vCPU has left in the meantime.</summary>
    public void OnPreemptionTimer(VirtualTime now, PreemptionTimerExit exit, IEffects effects)
    {
        if (_mode.IsInGuestSince(exit.Entry))
        {
            ExitOrHold(now, ForcedExit.PreemptionTimer, effects);
        }
    }

    /// <summary>An SMI. One that has left guest mode meanwhile is its pCPU's business.</summary>
    public void OnSystemManagement(VirtualTime now, SystemManagement stay, IEffects effects)
    {
        if (_mode.IsInGuestSince(stay.Entry))
        {
            _execution.EnterSystemManagement(now, stay.Length, effects);
        }
    }

    /// <summary>RSM: the guest goes on, or exits if that waited.</summary>
    public void LeaveSystemManagement(VirtualTime now, GuestOperation done, IEffects effects) =>
        LeaveGuest(now, _execution.LeaveSystemManagement(done), effects);

    /// <summary>An exit leaves guest mode, as soon as system management mode is left.</summary>
    private void ExitOrHold(VirtualTime now, ForcedExit exit, IEffects effects)
    {
        if (_execution.IsInSystemManagement)
        {
            _execution.HoldExit(exit);
        }
        else
        {
            _execution.Suspend(now);
            LeaveGuest(now, exit, effects);
        }
    }

    private void LeaveGuest(VirtualTime now, ForcedExit exit, IEffects effects)
    {
        switch (exit)
        {
            case ForcedExit.HostInterrupt:
                TimerRequest asked = _timer.Interrupted(now);
                _exits.Exit(now, VmExitReason.ExternalInterrupt, effects, timer: asked);
                break;
            case ForcedExit.PreemptionTimer:
                _exits.Exit(now, VmExitReason.PreemptionTimer, effects);
                break;
            default:
                break;
        }
    }
}
