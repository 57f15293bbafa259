using System;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;

namespace PvTimer.Model.Guests.Programs;

/// <summary>
/// The program of a <see cref="TscDeadlineGuest"/>: `tscdeadline` and `tscdeadline_immed` of x86/vmexit.c of
/// kvm-unit-tests. It writes the MSR, whatever the back-end, and spins until the handler has run.
/// </summary>
internal sealed class TscDeadlineProgram(TscDeadlineGuest guest) : IGuestProgram
{
    private bool _inHandler;
    private bool _isArmed;

    public GuestStep Next(in GuestContext context)
    {
        if (_inHandler)
        {
            _inHandler = false;
            return GuestStep.EndOfInterrupt;
        }
        if (_isArmed)
        {
            return guest.Idle == GuestIdle.Halt ? GuestStep.Halt : GuestStep.Wait;
        }
        _isArmed = true;
        return GuestStep.WriteMsr(
            MsrIndex.Ia32TscDeadline,
            context.Tsc.PlusSaturating(guest.AheadCycles).Value
        );
    }

    public void OnInterrupt(in GuestContext context, in GuestInterrupt interrupt)
    {
        _inHandler = true;
        if (interrupt.Deadline is not null)
        {
            _isArmed = false;
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _inHandler = state.Value(_inHandler);
        _isArmed = state.Value(_isArmed);
    }
}
