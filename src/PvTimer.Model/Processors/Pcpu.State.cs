using System;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;

namespace PvTimer.Model.Processors;

/// <content>What a frozen pCPU keeps: threads, hrtimers, what it is doing, and its counters.</content>
public sealed partial class Pcpu
{
    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        TransferScheduling(state);
        TransferInterrupts(state);
        _hrtimers.Transfer(state);
        _lapicProgrammedFor = state.Value(_lapicProgrammedFor);
        _account.Transfer(state);
        _wakeChance.Transfer(state);
        _interruptChance.Transfer(state);
        _runningDelays?.Transfer(state);
        _noise?.Transfer(state);
        _timerMigrations = state.Value(_timerMigrations);
        _timerExpiryExits = state.Value(_timerExpiryExits);
        _ipis = state.Value(_ipis);
        _postedInterrupts = state.Value(_postedInterrupts);
        if (_timerCpu is not null)
        {
            _kthreadRunnable = state.Value(_kthreadRunnable);
            _kthreadYielded = state.Value(_kthreadYielded);
            _timerCpu.Transfer(state);
        }
    }

    private void TransferScheduling(StateTransfer state)
    {
        state.ByEntity(_threads, TransferThread);
        state.ByEntity(_movedTo, static (s, _, to) => s.Value(to));
        state.ByEntity(_steal, static (s, _, span) => s.Value(span));
        state.ByEntity(_throttled, static (s, _, span) => s.Value(span));
        _runQueue.Transfer(state, _threads);
        _current = state.Value(_current is not null)
            ? VcpuThread.Transfer(state, _current, _threads)
            : null;
        _reschedule = state.Value(_reschedule);
        _activity = state.Enumeration(_activity);
        _idleSince = state.Value(_idleSince);
        _work = state.Enumeration(_work);
        _workEndsAt = state.Value(_workEndsAt);
        _workLeft = state.Value(_workLeft);
        _workEpoch = state.Value(_workEpoch);
    }

    private void TransferInterrupts(StateTransfer state)
    {
        _exit = state.Message(_exit);
        _startsTimer = state.Value(_startsTimer);
        _inGuestFrom = state.Value(_inGuestFrom);
        _exitForced = state.Value(_exitForced);
        _smmUntil = state.Value(_smmUntil);
        state.Queue(_pendingInterrupts, Transfer);
        state.Queue(_stalls, static (s, length) => s.Value(length));
        _handling = Transfer(state, _handling);
        _interruptEpoch = state.Value(_interruptEpoch);
        _timerExpiredInThisExit = state.Value(_timerExpiredInThisExit);
        _callbacks = state.Enumeration(_callbacks);
        _isPosting = state.Value(_isPosting);
        _notifying = state.Value(_notifying);
    }

    private VcpuThread TransferThread(StateTransfer state, EntityId vcpu, VcpuThread? thread)
    {
        VcpuThread transferred =
            thread
            ?? new VcpuThread(
                vcpu,
                FindTimer(vcpu) ?? throw state.Damaged($"vCPU {vcpu} is never on this host")
            );
        transferred.Transfer(state);
        return transferred;
    }

    private static PendingInterrupt Transfer(StateTransfer state, PendingInterrupt interrupt) =>
        new(state.Enumeration(interrupt.Kind), state.Value(interrupt.Vcpu));
}
