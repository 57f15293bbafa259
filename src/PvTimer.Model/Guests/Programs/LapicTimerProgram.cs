using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;

namespace PvTimer.Model.Guests.Programs;

/// <summary>The program of a <see cref="LapicTimerGuest"/>, which counts as fast as the bus: it divides by 1.</summary>
internal sealed class LapicTimerProgram(LapicTimerGuest guest, GuestSeat seat) : IGuestProgram
{
    /// <summary>LOCAL_TIMER_VECTOR of Linux.</summary>
    private const byte Vector = 0xec;

    private const ulong DivideByOne = 0b1011;

    private enum Phase
    {
        SetMode,
        SetDivider,
        Start,
        Sleep,
        Work,
    }

    private Phase _phase;
    private bool _inHandler;

    private ulong Count => (ulong)(guest.Period.Nanoseconds / seat.ApicBusCycle.Nanoseconds);

    private LvtTimerMode Mode => guest.IsPeriodic ? LvtTimerMode.Periodic : LvtTimerMode.OneShot;

    public GuestStep Next(in GuestContext context)
    {
        if (_inHandler)
        {
            _inHandler = false;
            return GuestStep.EndOfInterrupt;
        }
        switch (_phase)
        {
            case Phase.SetMode:
                _phase = Phase.SetDivider;
                return GuestStep.WriteMsr(MsrIndex.X2ApicLvtTimer, Vector | ((ulong)Mode << 17));
            case Phase.SetDivider:
                _phase = Phase.Start;
                return GuestStep.WriteMsr(MsrIndex.X2ApicDivideConfiguration, DivideByOne);
            case Phase.Start:
                _phase = Phase.Sleep;
                return GuestStep.WriteMsr(MsrIndex.X2ApicInitialCount, Count);
            case Phase.Work:
                _phase = guest.IsPeriodic ? Phase.Sleep : Phase.Start;
                return GuestStep.Compute(guest.Work);
            default:
                return guest.Idle == GuestIdle.Halt ? GuestStep.Halt : GuestStep.Wait;
        }
    }

    public void OnInterrupt(in GuestContext context, in GuestInterrupt interrupt)
    {
        _inHandler = true;
        if (interrupt.Vector == Vector && _phase == Phase.Sleep)
        {
            _phase = Phase.Work;
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _phase = state.Enumeration(_phase);
        _inHandler = state.Value(_inHandler);
    }
}
