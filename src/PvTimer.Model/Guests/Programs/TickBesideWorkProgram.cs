using System;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Guests.Programs;

/// <summary>
/// A tick that comes more often than work does: it interrupts the work, and each tick's handler arms the next one. With
/// NO_HZ it stops when the work is done, and begins again with the next.
/// </summary>
internal sealed class TickBesideWorkProgram(TickGuest guest, bool ticksInIdle) : IGuestProgram
{
    private enum Phase
    {
        /// <summary>Idle begins: the clock event is programmed for what comes next.</summary>
        Plan,
        Sleep,

        /// <summary>Idle is over: the tick begins again.</summary>
        Restart,
        Begin,
        Working,
    }

    private Phase _phase;
    private VirtualTime _workAt;
    private bool _inHandler;

    /// <summary>The handler still has to arm the next tick.</summary>
    private bool _arms;

    public GuestStep Next(in GuestContext context)
    {
        if (_inHandler)
        {
            return Handle(context);
        }
        switch (_phase)
        {
            case Phase.Plan:
                return Plan(context);
            case Phase.Restart:
                _phase = Phase.Begin;
                return Tick(context);
            case Phase.Begin:
                _phase = Phase.Working;
                return GuestStep.Compute(guest.Work);
            case Phase.Working when !ticksInIdle:
                return Plan(context);
            default:
                _phase = Phase.Sleep;
                return guest.Idle == GuestIdle.Halt ? GuestStep.Halt : GuestStep.Wait;
        }
    }

    public void OnInterrupt(in GuestContext context, in GuestInterrupt interrupt)
    {
        _inHandler = true;
        if (interrupt.Deadline is null)
        {
            return;
        }
        bool isDue = context.Now >= _workAt;
        if (isDue)
        {
            _workAt = After(context.Now, guest.WorkPeriod);
        }
        _arms = ticksInIdle || _phase != Phase.Sleep;
        if (_phase == Phase.Sleep && isDue)
        {
            _phase = ticksInIdle ? Phase.Begin : Phase.Restart;
        }
        else if (_phase == Phase.Sleep && !ticksInIdle)
        {
            // It came before anything was due: what is next has to be armed again.
            _phase = Phase.Plan;
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _phase = state.Enumeration(_phase);
        _workAt = state.Value(_workAt);
        _inHandler = state.Value(_inHandler);
        _arms = state.Value(_arms);
    }

    private GuestStep Handle(in GuestContext context)
    {
        if (_arms)
        {
            _arms = false;
            return Tick(context);
        }
        _inHandler = false;
        return GuestStep.EndOfInterrupt;
    }

    private GuestStep Plan(in GuestContext context)
    {
        _phase = Phase.Sleep;
        _workAt = After(context.Now, guest.WorkPeriod);
        return ticksInIdle ? Tick(context) : GuestStep.ProgramDeadline(context.Clock.At(_workAt));
    }

    private GuestStep Tick(in GuestContext context) =>
        GuestStep.ProgramTick(context.Clock.At(After(context.Now, guest.Period)));

    /// <summary>The next point of a grid that begins with the run.</summary>
    private static VirtualTime After(VirtualTime now, VirtualDuration period) =>
        VirtualTime.FromNanoseconds(
            ((now.Nanoseconds / period.Nanoseconds) + 1) * period.Nanoseconds
        );
}
