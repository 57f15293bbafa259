using PvTimer.Model.State;

namespace PvTimer.Model.Vcpus;

/// <summary>What IPIs that no LAPIC register holds have left: NMI, INIT, start-up (__apic_accept_irq).</summary>
internal sealed class ApicSignals : IStateful
{
    public const byte NmiVector = 2;

    /// <summary>An NMI waits for the next entry.</summary>
    private bool _nmiPending;

    /// <summary>An NMI was injected; one that meets a handler is taken when it ends.</summary>
    private bool _nmiInjected;

    /// <summary>INIT came: nothing but a start-up IPI has it go on (KVM_MP_STATE_INIT_RECEIVED).</summary>
    private bool _awaitsStartUp;

    public bool IsNmiPending => _nmiPending;

    public bool IsNmiInjected => _nmiInjected;

    public bool AwaitsStartUp => _awaitsStartUp;

    public void RaiseNmi() => _nmiPending = true;

    /// <summary>VM-entry.</summary>
    public void InjectNmi()
    {
        _nmiInjected |= _nmiPending;
        _nmiPending = false;
    }

    /// <summary>The guest takes it.</summary>
    public void TakeNmi() => _nmiInjected = false;

    public void Reset(bool awaitsStartUp)
    {
        _nmiPending = false;
        _nmiInjected = false;
        _awaitsStartUp = awaitsStartUp;
    }

    public void StartUp() => _awaitsStartUp = false;

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _nmiPending = state.Value(_nmiPending);
        _nmiInjected = state.Value(_nmiInjected);
        _awaitsStartUp = state.Value(_awaitsStartUp);
    }
}
