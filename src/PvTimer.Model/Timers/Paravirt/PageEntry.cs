using PvTimer.Model.Events;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>What the host keeps for one vCPU of the scan list: its page, its clock and where it runs.</summary>
internal sealed class PageEntry(EntityId vcpu, int vm, TscClock clock, EntityId pcpu) : IStateful
{
    public EntityId Vcpu { get; } = vcpu;

    /// <summary>The VM's number: its vCPUs are scanned under one address space.</summary>
    public int Vm { get; } = vm;

    /// <summary>Host TSC plus offset, scaled: the guest's TSC.</summary>
    public TscClock Clock { get; set; } = clock;

    /// <summary>The page as the dedicated CPU sees it.</summary>
    public SharedPage Page { get; } = new();

    /// <summary>Its VM is on this host.</summary>
    public bool IsHere { get; set; }

    public bool Enabled { get; set; }

    /// <summary>Where the vCPU last wrote from: how far away its line is.</summary>
    public EntityId Pcpu { get; set; } = pcpu;

    public bool SplitsLine { get; set; }

    /// <summary>When the scan came to this page last.</summary>
    public VirtualTime LookedAt { get; set; }

    /// <summary>How long before that it came to it the time before.</summary>
    public VirtualDuration Round { get; set; }

    /// <summary>Until then the hrtimer that was armed for it last is there to be cancelled.</summary>
    public VirtualTime ArmedUntil { get; set; }

    /// <summary>An hrtimer of it is armed on its own pCPU, from before it enabled pvtimer (flaw 16).</summary>
    public bool ArmedOnPcpu { get; set; }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        Page.Transfer(state);
        Clock = state.Value(Clock);
        IsHere = state.Value(IsHere);
        Enabled = state.Value(Enabled);
        Pcpu = state.Value(Pcpu);
        SplitsLine = state.Value(SplitsLine);
        LookedAt = state.Value(LookedAt);
        Round = state.Value(Round);
        ArmedUntil = state.Value(ArmedUntil);
        ArmedOnPcpu = state.Value(ArmedOnPcpu);
    }
}
