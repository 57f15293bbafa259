using System;
using PvTimer.Model.Messages;
using PvTimer.Model.State;

namespace PvTimer.Model.Vcpus;

/// <content>What a frozen vCPU keeps: its hardware, its guest and its ledgers.</content>
public sealed partial class Vcpu
{
    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _lapic.Transfer(state);
        _descriptor.Transfer(state);
        _pcpu = state.Value(_pcpu);
        _entry = state.Value(_entry);
        _inGuest = state.Value(_inGuest);
        _halted = state.Value(_halted);
        TransferStanding(state);
        TransferGuestMode(state);
        _exitReason = state.Optional(_exitReason, static (s, reason) => s.Enumeration(reason));
        _exitMsr = state.Value(_exitMsr);
        _leftGuestAt = state.Value(_leftGuestAt);
        _asked = state.Message(_asked);
        _counterDeadline = state.Value(_counterDeadline);
        _timers.Transfer(state);
        _exits.Transfer(state);
        _deadlineWrites = state.Value(_deadlineWrites);
        _tscAdjust = state.Value(_tscAdjust);
        _tscWasSet = state.Value(_tscWasSet);
        _nmiPending = state.Value(_nmiPending);
        _nmiInjected = state.Value(_nmiInjected);
        _awaitsStartUp = state.Value(_awaitsStartUp);
        _configuration.Program.Transfer(state);
        _timer.Transfer(state);
        TransferInjection(state);
    }

    private void TransferGuestMode(StateTransfer state)
    {
        state.Sparse(_requests);
        _operation = Transfer(state, _operation);
        _interrupted = Transfer(state, _interrupted);
        if (IsInSystemManagement)
        {
            _stopped = Transfer(state, _stopped);
        }
        _inHandler = state.Value(_inHandler);
        _scheduled = state.Value(_scheduled);
        _endsAt = state.Value(_endsAt);
        _epoch = state.Value(_epoch);
    }

    private static Operation Transfer(StateTransfer state, Operation operation) =>
        new(
            state.Enumeration(operation.Kind),
            state.Value(operation.Left),
            state.Value(operation.Value)
        );
}
