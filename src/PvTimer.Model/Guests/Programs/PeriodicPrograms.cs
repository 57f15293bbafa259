using System;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Guests.Programs;

/// <summary>
/// Deadlines on one or more evenly staggered grids, in virtual time: cyclictest's threads, a tick, or the
/// housekeeping of an idle kernel. A deadline that has passed is not made up for.
/// </summary>
internal sealed class GridProgram(
    GuestIdle idle,
    VirtualDuration period,
    int threads,
    VirtualDuration offset,
    VirtualDuration work
) : TimerLoop(idle)
{
    private VirtualTime _last;

    /// <summary>Its deadlines are its kernel's ticks.</summary>
    public bool IsTick { get; init; }

    protected override VirtualDuration Work => work;

    protected override TscTicks First(in GuestContext context)
    {
        if (context.Now >= Origin)
        {
            return Following(context);
        }
        _last = Origin;
        return context.Clock.At(_last);
    }

    protected override TscTicks Following(in GuestContext context)
    {
        // Thread i's grid lies i/threads of a period after the first one's; step k belongs to thread k mod n.
        long next = Steps(VirtualTime.Max(_last, context.Now) - Origin) + 1;
        _last = Origin + StepAt(next);
        return context.Clock.At(_last);
    }

    protected override GuestStep Arm(TscTicks deadline) =>
        IsTick ? GuestStep.ProgramTick(deadline) : base.Arm(deadline);

    public override void Transfer(StateTransfer state)
    {
        base.Transfer(state);
        _last = state.Value(_last);
    }

    private VirtualTime Origin => VirtualTime.Zero + offset;

    private VirtualDuration StepAt(long step) =>
        VirtualDuration.FromNanoseconds((long)((Int128)step * period.Nanoseconds / threads));

    /// <summary>The number of the last grid point at or before a span since the origin.</summary>
    private long Steps(VirtualDuration span)
    {
        long step = (long)((Int128)span.Nanoseconds * threads / period.Nanoseconds);
        return StepAt(step + 1) <= span ? step + 1 : step;
    }
}

/// <summary>A periodic tick: a grid while no tick comes between two pieces of work.</summary>
internal static class TickProgram
{
    public static IGuestProgram Create(TickGuest guest, GuestSeat seat)
    {
        bool isHousekeeping = guest.NoHz == NoHz.Full && seat.Vcpu == 0;
        bool ticksInWork = guest.NoHz == NoHz.Idle && guest.Work >= guest.Period;
        return isHousekeeping || ticksInWork
            ? new TickBesideWorkProgram(guest, ticksInIdle: isHousekeeping)
            : new GridProgram(
                guest.Idle,
                guest.WorkPeriod,
                threads: 1,
                VirtualDuration.Zero,
                guest.Work
            )
            {
                IsTick = guest.NoHz == NoHz.Off,
            };
    }
}
