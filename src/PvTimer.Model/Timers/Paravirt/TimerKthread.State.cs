using System;
using PvTimer.Model.Events;
using PvTimer.Model.State;

namespace PvTimer.Model.Timers.Paravirt;

/// <content>What a frozen kthread keeps: its copy of the pages, and where in its scan it is.</content>
public sealed partial class TimerKthread
{
    /// <inheritdoc/>
    /// <remarks>Pages that are not among the bytes (of vCPUs that came later) keep their first values.</remarks>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        int pages = state.Count(_pages.Length);
        for (int index = 0; index < pages; index++)
        {
            TransferReference(state, state.IsThawing ? null : _pages[index]).Transfer(state);
        }
        ListPagesHere();
        state.List(_visits, TransferReference);
        _syncing = state.Value(_syncing is not null) ? TransferReference(state, _syncing) : null;
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
        _scans = state.Value(_scans);
        _pageUpdates = state.Value(_pageUpdates);
        _splitLocks = state.Value(_splitLocks);
        _unkeptPromises = state.Value(_unkeptPromises);
        _lockHeld = state.Value(_lockHeld);
    }

    /// <summary>Which page, as the id of its vCPU.</summary>
    private PageEntry TransferReference(StateTransfer state, PageEntry? entry)
    {
        EntityId vcpu = state.Value(entry?.Vcpu ?? default);
        return _byVcpu.TryGetValue(vcpu, out PageEntry? found)
            ? found
            : throw state.Damaged($"vCPU {vcpu} has no page here");
    }
}
