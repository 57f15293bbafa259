using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;

namespace PvTimer.Model.Vcpus;

/// <summary>Where a vCPU runs, and whether it is in guest mode (vcpu->cpu, vcpu->mode).</summary>
internal sealed class VcpuMode(EntityId pcpu) : IStateful
{
    private EntityId _pcpu = pcpu;
    private long _entry;
    private bool _inGuest;
    private bool _halted;

    /// <summary>The pCPU that it runs on, or ran on last.</summary>
    public EntityId Pcpu => _pcpu;

    /// <summary>The VM-entry that is its latest.</summary>
    public long Entry => _entry;

    public bool InGuest => _inGuest;

    /// <summary>Its latest exit is a HLT.</summary>
    public bool IsHalted => _halted;

    /// <summary>It is in guest mode, since that VM-entry.</summary>
    public bool IsInGuestSince(long entry) => _inGuest && entry == _entry;

    public void Enter(VmEntry entry)
    {
        _pcpu = entry.Pcpu;
        _entry = entry.Entry;
        _inGuest = true;
        _halted = false;
    }

    public void Leave(bool halts)
    {
        _inGuest = false;
        _halted |= halts;
    }

    /// <summary>Its VM has come to this host: it will be entered there.</summary>
    public void MoveTo(EntityId pcpu) => _pcpu = pcpu;

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _pcpu = state.Value(_pcpu);
        _entry = state.Value(_entry);
        _inGuest = state.Value(_inGuest);
        _halted = state.Value(_halted);
    }
}
