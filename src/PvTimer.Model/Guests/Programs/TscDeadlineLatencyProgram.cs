using System;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Guests.Programs;

/// <summary>
/// The program of a <see cref="TscDeadlineLatencyGuest"/>: x86/tscdeadline_latency.c of kvm-unit-tests. Its handler reads
/// the TSC, programs the next deadline from there and only then ends the interrupt.
/// </summary>
internal sealed class TscDeadlineLatencyProgram(TscDeadlineLatencyGuest guest) : IGuestProgram
{
    private bool _inHandler;

    /// <summary>The deadline to program; null: it is programmed.</summary>
    private TscTicks? _next;

    private bool _started;

    /// <inheritdoc/>
    public int LatenessesDropped => 1;

    public GuestStep Next(in GuestContext context)
    {
        if (!_started)
        {
            _started = true;
            return GuestStep.ProgramDeadline(After(context));
        }
        if (_next is { } deadline)
        {
            _next = null;
            return GuestStep.ProgramDeadline(deadline);
        }
        if (_inHandler)
        {
            _inHandler = false;
            return GuestStep.EndOfInterrupt;
        }
        return guest.Idle == GuestIdle.Halt ? GuestStep.Halt : GuestStep.Wait;
    }

    public void OnInterrupt(in GuestContext context, in GuestInterrupt interrupt)
    {
        _inHandler = true;
        if (interrupt.Deadline is not null)
        {
            _next = After(context);
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _inHandler = state.Value(_inHandler);
        _next = state.Optional(_next, static (s, deadline) => s.Value(deadline));
        _started = state.Value(_started);
    }

    private TscTicks After(in GuestContext context) =>
        context.Tsc.PlusSaturating(guest.DeltaCycles);
}
