using System;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Vcpus;

/// <summary>What has a processor leave guest mode, beside the guest's own instructions.</summary>
internal enum ForcedExit
{
    None,
    HostInterrupt,
    PreemptionTimer,
}

/// <summary>
/// What the guest of one vCPU is at: an operation with what is left of it, the one that an interrupt's handler has
/// interrupted, and the one that system management mode has stopped.
/// </summary>
internal sealed class GuestExecution(VirtualDuration interruptEntry) : IStateful
{
    private readonly VirtualDuration _interruptEntry = interruptEntry;

    /// <summary>By vector, the requests since its handler last began.</summary>
    private RequestCounts _requests;
    private GuestOperation _operation;
    private GuestOperation _interrupted;

    /// <summary>What the guest was at when system management mode took its core.</summary>
    private GuestOperation _stopped;
    private bool _inHandler;
    private bool _scheduled;
    private VirtualTime _endsAt;
    private long _epoch;

    public GuestOperation Operation => _operation;

    /// <summary>Messages to itself that are older than this are void.</summary>
    public long Epoch => _epoch;

    public bool IsInSystemManagement => _operation.Kind == GuestOperationKind.SystemManagement;

    public bool IsInterruptible =>
        !_inHandler
        && _operation.Kind
            is GuestOperationKind.None
                or GuestOperationKind.Compute
                or GuestOperationKind.Wait
                or GuestOperationKind.Halt
                or GuestOperationKind.Poll;

    /// <summary>An interrupt is requested that its handler will be told of.</summary>
    public void CountRequest(byte vector) => _requests[vector]++;

    /// <summary>The handler of a vector begins: how many requests it stands for, at least 1.</summary>
    public int TakeRequests(byte vector)
    {
        ref int requests = ref _requests[vector];
        int taken = Math.Max(1, requests);
        requests = 0;
        return taken;
    }

    public void Begin(GuestOperation operation) => _operation = operation;

    /// <summary>What it was at is over, and has no time left.</summary>
    public GuestOperation Complete()
    {
        GuestOperation done = _operation;
        _operation = default;
        return done;
    }

    /// <summary>The time of the operation passes; when it is over comes <see cref="GuestProgress"/>.</summary>
    public void Schedule(VirtualTime now, IEffects effects)
    {
        _scheduled = true;
        _endsAt = now + _operation.Left;
        effects.After(_operation.Left, GuestProgress.Of(++_epoch));
    }

    /// <summary>The time of the operation has passed, and nothing has stopped it since.</summary>
    public bool IsDue(GuestProgress progress) => progress.Epoch == _epoch && _scheduled;

    /// <summary>Stops the clock of the operation in progress, which keeps the rest for later.</summary>
    public void Suspend(VirtualTime now)
    {
        if (_scheduled)
        {
            _scheduled = false;
            _epoch++;
            _operation = _operation with { Left = _endsAt - now };
        }
    }

    /// <summary>A halt, a wait or a poll is over with the interrupt that it waited for; a computation goes on.</summary>
    public void TakeInterrupt(byte vector)
    {
        _interrupted = _operation.Kind == GuestOperationKind.Compute ? _operation : default;
        _inHandler = true;
        _operation = new GuestOperation(GuestOperationKind.InterruptEntry, _interruptEntry, vector);
    }

    /// <summary>The handler ends.</summary>
    public void EndInterrupt()
    {
        _inHandler = false;
        _operation = _interrupted;
        _interrupted = default;
    }

    /// <summary>A wait ends. True if that is what it is at; with its core in system management mode it will be.</summary>
    public bool EndWait()
    {
        bool waits = _operation.Kind == GuestOperationKind.Wait;
        if (waits)
        {
            _operation = default;
        }
        else if (_stopped.Kind == GuestOperationKind.Wait)
        {
            _stopped = default;
        }
        return waits;
    }

    /// <summary>System management mode has the core for so long, or for so long more.</summary>
    public void EnterSystemManagement(VirtualTime now, VirtualDuration length, IEffects effects)
    {
        Suspend(now);
        if (!IsInSystemManagement)
        {
            _stopped = _operation;
            _operation = new GuestOperation(GuestOperationKind.SystemManagement);
        }
        _operation = _operation with { Left = _operation.Left + length };
        Schedule(now, effects);
    }

    /// <summary>An exit waits until system management mode is left; the first one that comes counts.</summary>
    public void HoldExit(ForcedExit exit)
    {
        if (_operation.Value == 0)
        {
            _operation = _operation with { Value = (ulong)exit };
        }
    }

    /// <summary>Back to what the guest was at. The exit that waited.</summary>
    public ForcedExit LeaveSystemManagement(GuestOperation done)
    {
        _operation = _stopped;
        _stopped = default;
        return (ForcedExit)done.Value;
    }

    /// <summary>INIT: whatever the guest was doing is over. System management mode is not.</summary>
    public void Reset(VirtualTime now, IEffects effects)
    {
        Suspend(now);
        _requests.Clear();
        _stopped = default;
        _interrupted = default;
        _inHandler = false;
        if (IsInSystemManagement)
        {
            Schedule(now, effects);
        }
        else
        {
            _operation = default;
        }
    }

    /// <summary>Older messages to itself may still be on their way from the last time that it was on this host.</summary>
    public void SkipTo(long epoch) => _epoch = Math.Max(epoch, _epoch);

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _requests.Transfer(state);
        _operation = GuestOperation.Transfer(state, _operation);
        _interrupted = GuestOperation.Transfer(state, _interrupted);
        if (IsInSystemManagement)
        {
            _stopped = GuestOperation.Transfer(state, _stopped);
        }
        _inHandler = state.Value(_inHandler);
        _scheduled = state.Value(_scheduled);
        _endsAt = state.Value(_endsAt);
        _epoch = state.Value(_epoch);
    }
}
