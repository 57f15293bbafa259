using System;
using System.Threading;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Moving;
using PvTimer.Model.Time;
using PvTimer.TestKit.Exploring;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit;

/// <summary>
/// The virtual clock of a script. Time passes only here and in expectations, and takes as long on the wall as
/// the events in between take to be computed.
/// </summary>
/// <remarks>
/// <code>
///    ... events ...  |  Now            what the script does now happens at Now, in the order of events
///    have happened   |  nothing in it has happened yet
/// </code>
/// </remarks>
public sealed class Clock
{
    private readonly Func<ScriptedMachine> _machine;
    private readonly Func<Races?> _races;
    private readonly ClockLimits _limits;

    internal Clock(Func<ScriptedMachine> machine, Func<Races?> races, ClockLimits limits)
    {
        _machine = machine;
        _races = races;
        _limits = limits;
    }

    /// <summary>
    /// The most events that one movement of the clock may take, at least 1: more fail the script, which then says
    /// whose they were. Fifty million unless it is said otherwise.
    /// </summary>
    public long MostEvents
    {
        get => _limits.Events;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _limits.Events = value;
        }
    }

    /// <summary>
    /// The longest that one movement of the clock may take on the wall, more than zero: a longer one fails the
    /// script. Ten minutes unless it is said otherwise.
    /// </summary>
    public TimeSpan MostWallTime
    {
        get => _limits.Wall;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            _limits.Wall = value;
        }
    }

    /// <summary>
    /// The first instant in which nothing has happened yet. After an expected event it is the nanosecond
    /// behind that event.
    /// </summary>
    public VirtualTime Now => _machine().Now;

    /// <summary>When the next event is due; <see cref="VirtualTime.MaxValue"/> if nothing is pending.</summary>
    public VirtualTime NextEvent => _machine().NextTime;

    /// <summary>Everything before an instant happens; what is due at it does not yet.</summary>
    /// <param name="sinceStart">The instant, counted from the start; not before now.</param>
    /// <param name="cancel">Ends it early; the clock stays where it is then.</param>
    public void AdvanceTo(VirtualDuration sinceStart, CancellationToken cancel = default)
    {
        ScriptedMachine machine = _machine();
        VirtualTime instant = VirtualTime.Zero + sinceStart;
        if (instant < machine.Now)
        {
            throw new ArgumentOutOfRangeException(
                nameof(sinceStart),
                $"{sinceStart} lies before now, {machine.Now - VirtualTime.Zero}; accepted: now or later"
            );
        }
        using Advance advance = machine.Move(cancel);
        advance.RunBefore(instant.Nanoseconds);
    }

    /// <summary>
    /// Advances to some instant of a span: to its beginning, or, when the script is explored, to each instant
    /// of it in turn that makes a difference: between any two events of the machine, and together with one.
    /// </summary>
    /// <param name="from">The first one, counted from the start; not before now.</param>
    /// <param name="to">Behind the last one.</param>
    /// <param name="every">On this grid, whatever the machine does; null: where it makes a difference.</param>
    /// <param name="cancel">Ends it early; the clock stays where it is then.</param>
    public void AdvanceInto(
        VirtualDuration from,
        VirtualDuration to,
        VirtualDuration? every = null,
        CancellationToken cancel = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(to, from);
        AdvanceTo(from, cancel);
        using Advance advance = _machine().Move(cancel);
        if (every is { } grid)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(
                grid,
                VirtualDuration.Smallest,
                nameof(every)
            );
            _races()?.AdvanceInto(_machine(), advance, VirtualTime.Zero + to, grid);
        }
        else
        {
            _races()?.AdvanceInto(_machine(), advance, VirtualTime.Zero + to);
        }
    }

    /// <summary>Advances by a span from now.</summary>
    /// <param name="span">Not negative.</param>
    /// <param name="cancel">Ends it early; the clock stays where it is then.</param>
    /// <exception cref="ArgumentOutOfRangeException">It goes back, or beyond the last instant that there is.</exception>
    public void AdvanceBy(VirtualDuration span, CancellationToken cancel = default)
    {
        VirtualDuration left = VirtualTime.MaxValue - Now;
        if (span < VirtualDuration.Zero || span > left)
        {
            throw new ArgumentOutOfRangeException(
                nameof(span),
                $"the clock cannot move by {span}; accepted: {VirtualDuration.Zero} to {left}"
            );
        }
        AdvanceTo(Now + span - VirtualTime.Zero, cancel);
    }

    /// <summary>The next event happens, however far away it is.</summary>
    /// <param name="cancel">Ends it early; the clock stays where it is then.</param>
    /// <returns>Whether there was one.</returns>
    public bool StepOneEvent(CancellationToken cancel = default)
    {
        using Advance advance = _machine().Move(cancel);
        return advance.RunOne(VirtualTime.MaxValue.Nanoseconds);
    }

    /// <summary>Events happen, one by one, until a condition holds.</summary>
    /// <param name="condition">Asked before the first event and after each; it may move the clock, too.</param>
    /// <param name="within">The longest span of virtual time it may take, not negative; null: one second.</param>
    /// <param name="cancel">Ends it early; the clock stays where it is then.</param>
    /// <exception cref="ScriptException">It did not hold in time.</exception>
    public void RunUntil(
        Func<bool> condition,
        VirtualDuration? within = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(condition);
        VirtualDuration patience = within ?? Observing.Tap.DefaultPatience;
        ArgumentOutOfRangeException.ThrowIfLessThan(patience, VirtualDuration.Zero, nameof(within));
        ScriptedMachine machine = _machine();
        VirtualTime limit = machine.Now + patience;
        using Advance advance = machine.Move(cancel);
        while (!condition())
        {
            if (!advance.RunOne(limit.Nanoseconds))
            {
                throw machine.Failure(
                    $"expected the condition to hold within {patience}; it does not",
                    static _ => false
                );
            }
        }
    }
}
