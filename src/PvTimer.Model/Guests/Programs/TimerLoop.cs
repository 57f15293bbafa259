using System;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Guests.Programs;

/// <summary>
/// The shape that the built-in guests share: sleep until a deadline, handle the interrupt, work, choose the
/// next deadline.
/// </summary>
/// <remarks>
/// The handler itself only ends the interrupt; the work and the clock event's programming happen outside of
/// it, as for a task that calls clock_nanosleep in a loop.
/// </remarks>
public abstract class TimerLoop(GuestIdle idle) : IGuestProgram
{
    private enum Phase
    {
        Work,
        Program,
        Sleep,
    }

    private Phase _phase = Phase.Program;
    private bool _inHandler;
    private bool _started;

    /// <summary>Computation between the wake-up and the next programming; may be zero.</summary>
    protected abstract VirtualDuration Work { get; }

    /// <summary>The first deadline (guest TSC).</summary>
    protected abstract TscTicks First(in GuestContext context);

    /// <summary>The deadline after one that fired (guest TSC).</summary>
    protected abstract TscTicks Following(in GuestContext context);

    /// <summary>How a deadline is programmed.</summary>
    protected virtual GuestStep Arm(TscTicks deadline) => GuestStep.ProgramDeadline(deadline);

    public GuestStep Next(in GuestContext context)
    {
        if (_inHandler)
        {
            _inHandler = false;
            return GuestStep.EndOfInterrupt;
        }
        switch (_phase)
        {
            case Phase.Work:
                _phase = Phase.Program;
                return GuestStep.Compute(Work);
            case Phase.Program:
                _phase = Phase.Sleep;
                TscTicks deadline = _started ? Following(context) : First(context);
                _started = true;
                return Arm(deadline);
            default:
                return idle == GuestIdle.Halt ? GuestStep.Halt : GuestStep.Wait;
        }
    }

    public void OnInterrupt(in GuestContext context, in GuestInterrupt interrupt)
    {
        _inHandler = true;
        if (interrupt.Deadline is not null && _phase == Phase.Sleep)
        {
            _phase = Phase.Work;
        }
    }

    /// <inheritdoc/>
    /// <remarks>A program with state of its own passes it after this.</remarks>
    public virtual void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _phase = state.Enumeration(_phase);
        _inHandler = state.Value(_inHandler);
        _started = state.Value(_started);
    }
}
