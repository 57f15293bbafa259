using System;
using PvTimer.Model.Chance;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Guests.Programs;

/// <summary>The program of a <see cref="RedisLikeGuest"/>.</summary>
internal sealed class EventLoopProgram(RedisLikeGuest guest, PhiloxSequence chance) : IGuestProgram
{
    /// <summary>Of the virtual NIC.</summary>
    private const byte Vector = 0x31;

    /// <summary>The receive ring of a virtio NIC: what comes while it is full is dropped.</summary>
    private const int MostWaiting = 256;

    private enum Phase
    {
        Connect,
        Loop,
        Reply,
        Wait,
    }

    private PhiloxSequence _chance = chance;
    private Phase _phase;
    private VirtualTime _nextRequest;
    private VirtualTime _nextCron;
    private int _waiting;
    private long _dropped;
    private bool _inHandler;

    /// <summary>The handler has not said yet when the next request comes.</summary>
    private bool _expects;

    /// <inheritdoc/>
    public long RequestsDropped => _dropped;

    public GuestStep Next(in GuestContext context)
    {
        if (_inHandler)
        {
            if (_expects)
            {
                _expects = false;
                return GuestStep.ExpectDevice(Vector, _nextRequest);
            }
            _inHandler = false;
            return GuestStep.EndOfInterrupt;
        }
        switch (_phase)
        {
            case Phase.Connect:
                _phase = Phase.Loop;
                _nextRequest = context.Now + Draw();
                _nextCron = CronAfter(context.Now);
                return GuestStep.ExpectDevice(Vector, _nextRequest);
            case Phase.Reply:
                _phase = Phase.Loop;
                return GuestStep.Exit(VmExitReason.EptMisconfig, guest.Send);
            case Phase.Loop:
                return Loop(context);
            default:
                if (_waiting > 0)
                {
                    return Loop(context);
                }
                return guest.Idle == GuestIdle.Halt ? GuestStep.Halt : GuestStep.Wait;
        }
    }

    public void OnInterrupt(in GuestContext context, in GuestInterrupt interrupt)
    {
        _inHandler = true;
        if (interrupt.Deadline is not null)
        {
            _phase = _phase == Phase.Wait ? Phase.Loop : _phase;
        }
        else if (interrupt.Vector == Vector)
        {
            Receive(context.Now);
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _chance.Transfer(state);
        _phase = state.Enumeration(_phase);
        _nextRequest = state.Value(_nextRequest);
        _nextCron = state.Value(_nextCron);
        _waiting = state.Value(_waiting);
        _dropped = state.Value(_dropped);
        _inHandler = state.Value(_inHandler);
        _expects = state.Value(_expects);
    }

    /// <summary>One turn of the loop: what it has to do first, or epoll_wait.</summary>
    private GuestStep Loop(in GuestContext context)
    {
        _phase = Phase.Loop;
        if (context.Now >= _nextCron)
        {
            _nextCron = CronAfter(context.Now);
            return GuestStep.Compute(guest.CronWork);
        }
        if (_waiting > 0)
        {
            _waiting--;
            _phase = Phase.Reply;
            return GuestStep.Compute(guest.Work);
        }
        _phase = Phase.Wait;
        return GuestStep.ProgramDeadline(context.TscIn(TimeOut(_nextCron - context.Now)));
    }

    /// <summary>All requests that have come since the last interrupt, as NAPI polls them.</summary>
    private void Receive(VirtualTime now)
    {
        for (; _nextRequest <= now; _nextRequest += Draw())
        {
            if (_waiting < MostWaiting)
            {
                _waiting++;
            }
            else
            {
                _dropped++;
            }
        }
        _expects = true;
    }

    private VirtualDuration Draw() =>
        VirtualDuration.Max(
            VirtualDuration.Smallest,
            guest.IsPoisson ? ExponentialSampler.Draw(ref _chance, guest.Interval) : guest.Interval
        );

    private VirtualTime CronAfter(VirtualTime now) =>
        VirtualTime.FromNanoseconds(
            ((now.Nanoseconds / guest.Cron.Nanoseconds) + 1) * guest.Cron.Nanoseconds
        );

    /// <summary>epoll_wait's time-out is in whole milliseconds.</summary>
    private static VirtualDuration TimeOut(VirtualDuration left) =>
        VirtualDuration.FromMilliseconds((left.Nanoseconds + 999_999) / 1_000_000);
}
