using PvTimer.Model.Chance;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Guests.Programs;

/// <summary>A loop of relative sleeps, each counted from when it is asked for.</summary>
internal sealed class NanosleepProgram(NanosleepGuest guest) : TimerLoop(guest.Idle)
{
    protected override VirtualDuration Work => guest.Work;

    protected override TscTicks First(in GuestContext context) => context.TscIn(guest.Sleep);

    protected override TscTicks Following(in GuestContext context) => context.TscIn(guest.Sleep);
}

/// <summary>Exponentially distributed sleeps.</summary>
internal sealed class ExponentialProgram(ExponentialGuest guest, PhiloxSequence chance)
    : TimerLoop(guest.Idle)
{
    private PhiloxSequence _chance = chance;

    protected override VirtualDuration Work => VirtualDuration.Zero;

    protected override TscTicks First(in GuestContext context) => Following(context);

    protected override TscTicks Following(in GuestContext context) =>
        context.TscIn(ExponentialSampler.Draw(ref _chance, guest.Mean));

    public override void Transfer(StateTransfer state)
    {
        base.Transfer(state);
        _chance.Transfer(state);
    }
}

/// <summary>Uniformly distributed sleeps.</summary>
internal sealed class UniformProgram(UniformGuest guest, PhiloxSequence chance)
    : TimerLoop(guest.Idle)
{
    private PhiloxSequence _chance = chance;

    protected override VirtualDuration Work => VirtualDuration.Zero;

    protected override TscTicks First(in GuestContext context) => Following(context);

    protected override TscTicks Following(in GuestContext context) =>
        context.TscIn(_chance.NextBetween(guest.Shortest, guest.Longest));

    public override void Transfer(StateTransfer state)
    {
        base.Transfer(state);
        _chance.Transfer(state);
    }
}

/// <summary>Bursts of short sleeps.</summary>
internal sealed class StormProgram(StormGuest guest) : TimerLoop(guest.Idle)
{
    private int _armed;

    protected override VirtualDuration Work => VirtualDuration.Zero;

    protected override TscTicks First(in GuestContext context) => Following(context);

    protected override TscTicks Following(in GuestContext context)
    {
        bool isOver = _armed == guest.Timers;
        _armed = isOver ? 0 : _armed + 1;
        return context.TscIn(isOver ? guest.Pause : guest.Distance);
    }

    public override void Transfer(StateTransfer state)
    {
        base.Transfer(state);
        _armed = state.Value(_armed);
    }
}
