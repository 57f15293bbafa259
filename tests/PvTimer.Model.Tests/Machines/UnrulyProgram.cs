using PvTimer.Model.Chance;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Tests.Machines;

/// <summary>
/// A guest that does everything a guest can do to its timer, sensible or not, in random order: what a swarm
/// needs to reach the corners that the well-behaved guests leave alone.
/// </summary>
internal sealed class UnrulyProgram(GuestSeat seat) : IGuestProgram
{
    private const byte TimerVector = 236;
    private const byte OtherVector = 0x41;

    private PhiloxSequence _chance = seat.Chance;
    private bool _inHandler;

    public GuestStep Next(in GuestContext context)
    {
        if (_inHandler)
        {
            if (_chance.NextBelow(4) == 0)
            {
                return GuestStep.ProgramDeadline(Soon(context));
            }
            _inHandler = false;
            return GuestStep.EndOfInterrupt;
        }
        switch (_chance.NextBelow(16))
        {
            case 0:
                return GuestStep.WriteMsr(MsrIndex.X2ApicLvtTimer, LvtTimer());
            case 1:
                return GuestStep.WriteMsr(MsrIndex.X2ApicInitialCount, _chance.NextBelow(400_000));
            case 2:
                return GuestStep.WriteMsr(MsrIndex.Ia32TscDeadline, Soon(context).Value);
            case 3:
                return GuestStep.WriteMsr(MsrIndex.X2ApicIcr, Command());
            case 4:
                return GuestStep.WriteMsr(MsrIndex.X2ApicTpr, _chance.NextBelow(2) * 0x20);
            case 5:
                return GuestStep.ReadMsr(MsrIndex.Ia32TscDeadline);
            case 6:
                return GuestStep.WriteMsr(PvTimerParameters.DefaultEnableMsr, Enable());
            case 7:
                return GuestStep.ProgramDeadline(TscTicks.Zero);
            case 8:
                return GuestStep.ExpectDevice(OtherVector, context.Now + Span(200_000));
            case 9:
            case 10:
                // Something always wakes it again.
                return _chance.NextBelow(2) == 0
                    ? GuestStep.Halt
                    : GuestStep.ExpectDevice(OtherVector, context.Now + Span(300_000));
            case 11:
            case 12:
                return GuestStep.ProgramDeadline(Soon(context));
            default:
                return GuestStep.Compute(Span(40_000));
        }
    }

    public void OnInterrupt(in GuestContext context, in GuestInterrupt interrupt) =>
        _inHandler = true;

    public void Transfer(StateTransfer state)
    {
        _chance.Transfer(state);
        _inHandler = state.Value(_inHandler);
    }

    private VirtualDuration Span(long longest) =>
        _chance.NextBetween(VirtualDuration.Smallest, VirtualDuration.FromNanoseconds(longest));

    private TscTicks Soon(in GuestContext context) => context.TscIn(Span(600_000));

    /// <summary>Mostly deadline mode; sometimes counting, sometimes masked.</summary>
    private uint LvtTimer()
    {
        uint mode = _chance.NextBelow(4) switch
        {
            0 => 0,
            1 => 1,
            _ => 2,
        };
        uint mask = _chance.NextBelow(4) == 0 ? 1u << 16 : 0;
        return (mode << 17) | mask | TimerVector;
    }

    private ulong Command() =>
        (_chance.NextBelow((ulong)seat.Vcpus + 1) << 32)
        | (_chance.NextBelow(4) << 18)
        | OtherVector;

    /// <summary>Off, on, or on at an address that is not accepted everywhere.</summary>
    private ulong Enable() =>
        _chance.NextBelow(3) switch
        {
            0 => 0,
            1 => PvTimerMsr.Enable(0x10_0000).Value,
            _ => PvTimerMsr.Enable(0x10_003c).Value,
        };
}
