using System;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Guests.Programs;

/// <summary>
/// The program of a <see cref="TcpRrGuest"/>. Its first timer is TCP's, and it is in the timer wheel: mod_timer moves it from
/// bucket to bucket, and going idle programs the clock event anew only if the bucket is another one.
/// </summary>
internal sealed class RequestResponseProgram(TcpRrGuest guest) : IGuestProgram
{
    /// <summary>Of the virtual NIC.</summary>
    private const byte Vector = 0x31;

    /// <summary>LVL_SIZE - 1 of the timer wheel: a timer that is farther away is in a coarser level.</summary>
    private const long FarthestOfLevel = 63;

    /// <summary>1 &lt;&lt; LVL_CLK_SHIFT: how much coarser.</summary>
    private const long Coarser = 8;

    private enum Phase
    {
        Send,
        Expect,
        GoIdle,
        Sleep,
        Work,
        Retransmit,
    }

    private Phase _phase;
    private VirtualTime _armedFor;
    private bool _inHandler;
    private bool _answered;

    private VirtualDuration Jiffy => VirtualDuration.FromNanoseconds(1_000_000_000 / guest.Hertz);

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
                _answered = false;
                _phase = Phase.Send;
                return GuestStep.Compute(guest.Work);
            case Phase.Send:
                _phase = Phase.Expect;
                return GuestStep.Exit(VmExitReason.EptMisconfig, guest.Send);
            case Phase.Expect:
                _phase = Phase.GoIdle;
                return GuestStep.ExpectDevice(Vector, context.Now + guest.Response);
            case Phase.Retransmit:
                _phase = Phase.GoIdle;
                return GuestStep.Exit(VmExitReason.EptMisconfig, guest.Send);
            case Phase.GoIdle:
                _phase = _answered ? Phase.Work : Phase.Sleep;
                return ArmFor(context, BucketOf(context.Now));
            default:
                return guest.Idle == GuestIdle.Halt ? GuestStep.Halt : GuestStep.Wait;
        }
    }

    public void OnInterrupt(in GuestContext context, in GuestInterrupt interrupt)
    {
        _inHandler = true;
        if (interrupt.Deadline is not null)
        {
            _armedFor = VirtualTime.Zero;
            _phase = _phase == Phase.Sleep ? Phase.Retransmit : _phase;
        }
        else if (interrupt.Vector == Vector)
        {
            _answered = _phase != Phase.Sleep;
            _phase = _answered ? _phase : Phase.Work;
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _phase = state.Enumeration(_phase);
        _armedFor = state.Value(_armedFor);
        _inHandler = state.Value(_inHandler);
        _answered = state.Value(_answered);
    }

    private GuestStep ArmFor(in GuestContext context, VirtualTime at)
    {
        if (at == _armedFor)
        {
            return GuestStep.Compute(VirtualDuration.Zero);
        }
        _armedFor = at;
        return GuestStep.ProgramDeadline(context.Clock.At(at));
    }

    /// <summary>When the bucket expires that a timer is in which is armed now (calc_wheel_index).</summary>
    private VirtualTime BucketOf(VirtualTime now)
    {
        long jiffy = Jiffy.Nanoseconds;
        long distance = (guest.Retransmission.Nanoseconds + jiffy - 1) / jiffy;
        long width = 1;
        while (distance >= FarthestOfLevel * width)
        {
            width *= Coarser;
        }
        long expires = (now.Nanoseconds / jiffy) + distance;
        return VirtualTime.FromNanoseconds(((expires / width) + 1) * width * jiffy);
    }
}
