using System.Collections.Immutable;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Guests.Programs;

/// <summary>Replays one recorded vCPU.</summary>
/// <remarks>
/// Closed loop: recorded steps run one after the other, each after the recorded think time since the one
/// before. A recorded timer interrupt or IPI is not input: the replay waits for the emulated one. What came
/// from outside the guest (a device) comes at its recorded time.
/// <code>
///   recorded   write D ---- halt ....... timer irq -- think -- write D' -- irq end -- halt ...
///   emulated   write D -- halt ............. timer irq -- think -- write D' -- irq end -- halt
///                                            (the back-end's own lateness)
/// </code>
/// An emulated interrupt may come before the replay has reached its place. It is handled at once and briefly,
/// and leaves a credit: the recorded handler's steps then run outside of a handler when their turn comes, and
/// the halt before them is skipped. Deadlines stay the recorded values, so that the replay cannot drift.
/// A wait always ends, unless the machine loses what is waited for (as posted it may): the compiler of
/// recordings breaks circular waits for IPIs beforehand, and a timer interrupt whose deadline was replaced before
/// it fired comes at its recorded time. What is not reached all the same is counted.
/// Open loop: each step happens at its recorded time, and each recorded interrupt is a device's.
/// </remarks>
internal sealed class TraceReplay : IGuestProgram
{
    // Configuration
    private readonly ImmutableArray<RecordedStep> _steps;
    private readonly TscClock _clock;
    private readonly bool _openLoop;
    private readonly byte _deviceVector;
    private readonly GuestStep _rest;
    private readonly GuestStep _restAtLast;
    private readonly VirtualDuration _deadlineWriteTime;
    private readonly VirtualDuration _ipiWriteTime;
    private readonly VirtualDuration _transitions;

    // Volatile state
    private readonly ReplayCredits _credits = new();
    private int _next;
    private ulong _writes;
    private bool _thought;
    private bool _expectsDevice;
    private bool _inHandler;
    private bool _briefHandler;
    private long _interrupts;
    private long _atRecordedTime;
    private long _brokenWaits;

    public TraceReplay(TraceGuest guest, GuestSeat seat)
    {
        _steps = guest.Recording.Vcpus[seat.Vcpu];
        _clock = seat.Clock;
        _openLoop = guest.Mode == ReplayMode.OpenLoop;
        _deviceVector = guest.Recording.DeviceVector;
        _rest = guest.Idle == GuestIdle.Halt ? GuestStep.Halt : GuestStep.Wait;
        _restAtLast = PollsAtLast(_steps) ? GuestStep.Wait : _rest;
        // A recorded write is stamped after its instruction: the exit that it took is in the time before it.
        VirtualDuration exit =
            seat.Costs.ExitTransition + seat.Costs.MsrWriteHandler + seat.Costs.EntryTransition;
        _deadlineWriteTime =
            seat.Costs.GuestProgram + exit + seat.Costs.HrtimerCancel + seat.Costs.HrtimerStart;
        _ipiWriteTime = exit + seat.Costs.IpiSend;
        _transitions = seat.Costs.ExitTransition + seat.Costs.EntryTransition;
    }

    /// <param name="reached">The virtual time that the run has come to.</param>
    public ReplayCounts CountsAt(VirtualTime reached)
    {
        int overdue = 0;
        while (
            _next + overdue < _steps.Length
            && IsPast(_clock.TimeOf(_steps[_next + overdue].At), reached)
        )
        {
            overdue++;
        }
        long deadlines = 0;
        foreach (RecordedStep step in _steps)
        {
            deadlines += step.Kind == RecordedStepKind.ProgramDeadline ? 1 : 0;
        }
        return new ReplayCounts(
            _interrupts,
            _credits.Unmatched,
            _atRecordedTime,
            _steps.Length - _next - overdue,
            deadlines,
            (long)_writes,
            overdue,
            _brokenWaits,
            _next
        );
    }

    public GuestStep Next(in GuestContext context)
    {
        if (_briefHandler)
        {
            _briefHandler = false;
            return GuestStep.EndOfInterrupt;
        }
        while (_next < _steps.Length)
        {
            if (Take(context, _steps[_next]) is { } step)
            {
                return step;
            }
        }
        return _inHandler ? LeaveHandler() : _restAtLast;
    }

    public void OnInterrupt(in GuestContext context, in GuestInterrupt interrupt)
    {
        bool fromDevice = interrupt.Vector == _deviceVector;
        if (!fromDevice)
        {
            _credits.Add(interrupt);
        }
        bool matches =
            _next < _steps.Length
            && (fromDevice ? _expectsDevice : !_expectsDevice && TakeCredit(_steps[_next]));
        if (!matches)
        {
            _briefHandler = true;
            return;
        }
        if (fromDevice)
        {
            _expectsDevice = false;
            CountAtRecordedTime(_steps[_next]);
        }
        _inHandler = true;
        GoOn();
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _credits.Transfer(state);
        _next = state.Value(_next);
        _writes = state.Value(_writes);
        _thought = state.Value(_thought);
        _expectsDevice = state.Value(_expectsDevice);
        _inHandler = state.Value(_inHandler);
        _briefHandler = state.Value(_briefHandler);
        _interrupts = state.Value(_interrupts);
        _atRecordedTime = state.Value(_atRecordedTime);
        _brokenWaits = state.Value(_brokenWaits);
        if (_next < 0 || _next > _steps.Length)
        {
            throw state.Damaged($"the recording has no step {_next}");
        }
    }

    /// <summary>The guest's next step on behalf of a recorded one; null: it needs none any more.</summary>
    private GuestStep? Take(in GuestContext context, RecordedStep recorded)
    {
        switch (recorded.Kind)
        {
            case RecordedStepKind.ProgramDeadline:
                return Think(context, recorded, _deadlineWriteTime) ?? Program(recorded);
            case RecordedStepKind.SendIpi:
                return Think(context, recorded, _ipiWriteTime) ?? SendIpi(recorded);
            case RecordedStepKind.InterruptEnd:
                return Think(context, recorded, default) ?? EndInterrupt();
            case RecordedStepKind.Halt:
            case RecordedStepKind.Poll:
                return Think(context, recorded, default) ?? PassIdle();
            case RecordedStepKind.Exit:
                RecordedExit exit = RecordedExit.Of(recorded.Value);
                return Think(context, recorded, exit.Length + _transitions) ?? LeaveGuest(exit);
            default:
                return Await(context, recorded);
        }
    }

    /// <summary>The recorded time before a step; null once it has passed.</summary>
    private GuestStep? Think(in GuestContext context, RecordedStep step, VirtualDuration included)
    {
        if (_thought)
        {
            return null;
        }
        _thought = true;
        TscTicks before = _next == 0 ? _clock.AtStart : _steps[_next - 1].At;
        VirtualDuration recorded = _openLoop
            ? context.Clock.TimeOf(step.At) - context.Now
            : _clock.Frequency.SpanOf(step.At.CyclesSince(before));
        return recorded > included ? GuestStep.Compute(recorded - included) : null;
    }

    private GuestStep Program(RecordedStep recorded)
    {
        GoOn();
        TscTicks deadline = new(recorded.Value);
        _credits.Programmed(_writes++, deadline);
        return GuestStep.ProgramDeadline(deadline);
    }

    private GuestStep SendIpi(RecordedStep recorded)
    {
        GoOn();
        return GuestStep.WriteMsr(MsrIndex.X2ApicIcr, recorded.Value);
    }

    /// <summary>A recorded exit of the guest's own takes as long as it took then.</summary>
    private GuestStep LeaveGuest(RecordedExit exit)
    {
        GoOn();
        return GuestStep.Exit(
            exit.Reason,
            VirtualDuration.Max(exit.Length, VirtualDuration.Smallest)
        );
    }

    private GuestStep? EndInterrupt()
    {
        GoOn();
        return _inHandler ? LeaveHandler() : null;
    }

    /// <summary>Waiting for the recorded interrupt that ended the halt is the halt; likewise for a poll.</summary>
    private GuestStep? PassIdle()
    {
        GoOn();
        return null;
    }

    /// <summary>A recorded interrupt's turn: it has come, or the guest waits for it as it did then.</summary>
    private GuestStep? Await(in GuestContext context, RecordedStep interrupt)
    {
        if (_inHandler)
        {
            return LeaveHandler();
        }
        if (!_expectsDevice && TakeCredit(interrupt))
        {
            GoOn();
            return null;
        }
        if (!_expectsDevice && IsFromOutside(interrupt))
        {
            _expectsDevice = true;
            return GuestStep.ExpectDevice(_deviceVector, context.Clock.TimeOf(interrupt.At));
        }
        bool halted = _next > 0 && _steps[_next - 1].Kind == RecordedStepKind.Halt;
        return halted ? _rest : GuestStep.Wait;
    }

    private bool TakeCredit(RecordedStep interrupt)
    {
        if (_openLoop || !_credits.TakeFor(interrupt))
        {
            return false;
        }
        _interrupts += interrupt.Kind == RecordedStepKind.TimerInterrupt ? 1 : 0;
        return true;
    }

    private bool IsFromOutside(RecordedStep interrupt) =>
        _openLoop
        || interrupt.Kind is RecordedStepKind.DeviceInterrupt or RecordedStepKind.BrokenIpiInterrupt
        || (interrupt.Kind == RecordedStepKind.TimerInterrupt && _credits.CannotCome(interrupt));

    private void CountAtRecordedTime(RecordedStep interrupt)
    {
        _atRecordedTime++;
        if (interrupt.Kind == RecordedStepKind.BrokenIpiInterrupt && !_openLoop)
        {
            _brokenWaits++;
            _credits.Owe(interrupt);
        }
    }

    private static bool IsPast(VirtualTime at, VirtualTime reached) =>
        at <= reached && reached - at > ReplayCounts.ReplaySlack;

    /// <summary>What the vCPU did when it last had nothing to do, it goes on with after the recording.</summary>
    private static bool PollsAtLast(ImmutableArray<RecordedStep> steps)
    {
        for (int i = steps.Length - 1; i >= 0; i--)
        {
            if (steps[i].Kind is RecordedStepKind.Halt or RecordedStepKind.Poll)
            {
                return steps[i].Kind == RecordedStepKind.Poll;
            }
        }
        return false;
    }

    private GuestStep LeaveHandler()
    {
        _inHandler = false;
        return GuestStep.EndOfInterrupt;
    }

    private void GoOn()
    {
        _next++;
        _thought = false;
    }
}
