using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>
/// The core in guest mode: from when it is there, what has it leave, and system management mode, in which a guest in guest
/// mode stands still without an exit (SDM vol. 3C, 31.14.1).
/// </summary>
internal sealed class GuestMode(PcpuSite site, HostExecutor executor) : IStateful
{
    private readonly CostProfile _costs = site.Costs;
    private readonly HostExecutor _executor = executor;

    /// <summary>When the guest's first instruction begins, or began.</summary>
    private VirtualTime _from;

    /// <summary>An interrupt of the host is on its way to it.</summary>
    private bool _exitForced;

    /// <summary>A guest in guest mode stands still until then; what comes for the host meanwhile is blocked.</summary>
    private VirtualTime _systemManagementUntil;

    /// <summary>When the guest's first instruction begins, or began.</summary>
    public VirtualTime From => _from;

    /// <summary>A guest has the core; the VM-exit is open as soon as the pCPU knows of it.</summary>
    public bool IsActive => _executor.Activity == CpuActivity.Guest;

    public bool IsInSystemManagement(VirtualTime now) => now < _systemManagementUntil;

    /// <summary>VM-entry.</summary>
    public void Enter(VirtualTime entered)
    {
        _executor.EnterGuest(entered);
        _from = entered;
    }

    /// <summary>An interrupt of the host comes: an exit, if none is under way.</summary>
    public void ForceExit(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        if (!_exitForced)
        {
            _exitForced = true;
            Interrupt(now, thread, HostInterrupt.Of(thread.Kvm.Entry), effects);
        }
    }

    /// <summary>The preemption timer of the core has come to 0.</summary>
    public void ExpirePreemptionTimer(VirtualTime now, VcpuThread thread, IEffects effects) =>
        Interrupt(now, thread, PreemptionTimerExit.Of(thread.Kvm.Entry), effects);

    /// <summary>During VM-entry what interrupts the guest waits; it causes an exit right after the entry.</summary>
    private void Interrupt(VirtualTime now, VcpuThread thread, Message message, IEffects effects)
    {
        VirtualDuration untilInGuest = _from - now + VirtualDuration.Smallest;
        effects.Send(
            thread.Vcpu,
            VirtualDuration.Max(_costs.InterruptRecognition, untilInGuest),
            message
        );
    }

    /// <summary>A VM-exit. False if an SMI came during it: the handler begins when it is over, with the same message.</summary>
    public bool Leave(VirtualTime now, VmExit exit, IEffects effects)
    {
        if (now < _systemManagementUntil)
        {
            effects.After(_systemManagementUntil - now, exit);
            return false;
        }
        _executor.LeaveGuest(VirtualTime.Max(exit.LeftGuestAt, _systemManagementUntil));
        _exitForced = false;
        return true;
    }

    /// <summary>An SMI in guest mode. How long it lasts from now on; null: during VM-entry it waits.</summary>
    public VirtualDuration? BeginSystemManagement(
        VirtualTime now,
        VcpuThread thread,
        VirtualDuration length,
        IEffects effects
    )
    {
        if (now < _from)
        {
            effects.After(_from - now, new Stall(length));
            return null;
        }
        VirtualTime recognised = now + _costs.InterruptRecognition;
        if (now >= _systemManagementUntil)
        {
            _executor.BeginSystemManagement(now, recognised);
        }
        _systemManagementUntil = VirtualTime.Max(recognised, _systemManagementUntil) + length;
        effects.Send(
            thread.Vcpu,
            _costs.InterruptRecognition,
            new SystemManagement(thread.Kvm.Entry, length)
        );
        return _systemManagementUntil - now;
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _from = state.Value(_from);
        _exitForced = state.Value(_exitForced);
        _systemManagementUntil = state.Value(_systemManagementUntil);
    }
}
