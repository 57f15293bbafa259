using System;
using PvTimer.Model.State;

namespace PvTimer.Model.Timers.Paravirt;

/// <content>What a frozen kthread keeps: its copy of the pages, and where in its scan it is.</content>
public sealed partial class TimerKthread
{
    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _pages.Transfer(state);
        state.List(_visits, _pages.TransferReference);
        _syncing = state.Value(_syncing is not null)
            ? _pages.TransferReference(state, _syncing)
            : null;
        _withdrawsAfterSync = state.Value(_withdrawsAfterSync);
        _retired = state.Value(_retired);
        _phase = state.Enumeration(_phase);
        _visit = state.Value(_visit);
        _epoch = state.Value(_epoch);
        _paused = state.Value(_paused);
        _stepEndsAt = state.Value(_stepEndsAt);
        _stepLeft = state.Value(_stepLeft);
        _pacedAt = state.Value(_pacedAt);
        _nextScan = state.Value(_nextScan);
        _scanBegan = state.Value(_scanBegan);
        _posted = state.Value(_posted);
        _foresight.Transfer(state);
        _scans = state.Value(_scans);
        _synchronization.Transfer(state);
        _lockHeld = state.Value(_lockHeld);
    }
}
