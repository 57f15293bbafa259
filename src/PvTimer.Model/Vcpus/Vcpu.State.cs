using System;
using PvTimer.Model.Paravirt;
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
        _page.Transfer(state);
        _descriptor.Transfer(state);
        _pvTimerMsr = new PvTimerMsr(state.Value(_pvTimerMsr.Value));
        _usesPage = state.Value(_usesPage);
        _timerCpuGone = state.Value(_timerCpuGone);
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
        _pageUpdates = state.Value(_pageUpdates);
        _splitLocks = state.Value(_splitLocks);
        _doorbells = state.Value(_doorbells);
        _ownDeadline = state.Optional(_ownDeadline, static (s, deadline) => s.Value(deadline));
        _ownIsLatest = state.Value(_ownIsLatest);
        _exchangedAt = state.Value(_exchangedAt);
        _tscAdjust = state.Value(_tscAdjust);
        _tscWasSet = state.Value(_tscWasSet);
        _nmiPending = state.Value(_nmiPending);
        _nmiInjected = state.Value(_nmiInjected);
        _awaitsStartUp = state.Value(_awaitsStartUp);
        _configuration.Program.Transfer(state);
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
