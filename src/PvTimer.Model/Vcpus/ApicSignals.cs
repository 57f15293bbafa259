using PvTimer.Model.State;

namespace PvTimer.Model.Vcpus;

/// <summary>What IPIs that no LAPIC register holds have left: NMI, INIT, start-up (__apic_accept_irq).</summary>
internal sealed class ApicSignals : IStateful
{
    public const byte NmiVector = 2;

    /// <summary>So many NMIs wait at most: one for the guest to take, and one for when its handler has ended.</summary>
    private const byte NmiLimit = 2;

    /// <summary>NMIs that wait for the next entry (nmi_queued); more than two are two.</summary>
    private byte _nmisQueued;

    /// <summary>NMIs that the guest has not taken (nmi_pending); one that meets a handler is taken when it ends.</summary>
    private byte _nmisPending;

    /// <summary>The guest handles an NMI: until IRET one more waits, and the others are lost in it.</summary>
    private bool _isNmiBlocked;

    /// <summary>INIT came: nothing but a start-up IPI has it go on (KVM_MP_STATE_INIT_RECEIVED).</summary>
    private bool _awaitsStartUp;

    /// <summary>One waits for the next entry.</summary>
    public bool IsNmiQueued => _nmisQueued > 0;

    /// <summary>The guest takes one as soon as it is interruptible.</summary>
    public bool IsNmiPending => _nmisPending > 0;

    public bool AwaitsStartUp => _awaitsStartUp;

    public void RaiseNmi() => _nmisQueued = byte.Min((byte)(_nmisQueued + 1), NmiLimit);

    /// <summary>VM-entry (process_nmi).</summary>
    public void QueueNmis()
    {
        byte limit = _isNmiBlocked ? (byte)1 : NmiLimit;
        _nmisPending = byte.Min((byte)(_nmisPending + _nmisQueued), limit);
        _nmisQueued = 0;
    }

    /// <summary>The guest takes one.</summary>
    public void TakeNmi()
    {
        _nmisPending--;
        _isNmiBlocked = true;
    }

    /// <summary>IRET.</summary>
    public void EndHandler() => _isNmiBlocked = false;

    public void Reset(bool awaitsStartUp)
    {
        _nmisQueued = 0;
        _nmisPending = 0;
        _isNmiBlocked = false;
        _awaitsStartUp = awaitsStartUp;
    }

    public void StartUp() => _awaitsStartUp = false;

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _nmisQueued = state.Value(_nmisQueued);
        _nmisPending = state.Value(_nmisPending);
        _isNmiBlocked = state.Value(_isNmiBlocked);
        _awaitsStartUp = state.Value(_awaitsStartUp);
    }
}
