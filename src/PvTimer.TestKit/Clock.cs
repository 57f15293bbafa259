using System;
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

    internal Clock(Func<ScriptedMachine> machine, Func<Races?> races)
    {
        _machine = machine;
        _races = races;
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
    public void AdvanceTo(VirtualDuration sinceStart)
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
        machine.RunBefore(instant);
    }

    /// <summary>
    /// Advances to some instant of a span: to its beginning, or, when the script is explored, to each instant
    /// of it in turn that makes a difference: between any two events of the machine, and together with one.
    /// </summary>
    /// <param name="from">The first one, counted from the start; not before now.</param>
    /// <param name="to">Behind the last one.</param>
    /// <param name="every">On this grid, whatever the machine does; null: where it makes a difference.</param>
    public void AdvanceInto(VirtualDuration from, VirtualDuration to, VirtualDuration? every = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(to, from);
        AdvanceTo(from);
        if (every is { } grid)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(
                grid,
                VirtualDuration.Smallest,
                nameof(every)
            );
            _races()?.AdvanceInto(_machine(), VirtualTime.Zero + to, grid);
        }
        else
        {
            _races()?.AdvanceInto(_machine(), VirtualTime.Zero + to);
        }
    }

    /// <summary>Advances by a span from now, which is not negative.</summary>
    public void AdvanceBy(VirtualDuration span) => AdvanceTo(Now + span - VirtualTime.Zero);

    /// <summary>The next event happens, however far away it is.</summary>
    /// <returns>Whether there was one.</returns>
    public bool StepOneEvent() => _machine().RunOne(VirtualTime.MaxValue);

    /// <summary>Events happen, one by one, until a condition holds.</summary>
    /// <param name="condition">Asked before the first event and after each.</param>
    /// <param name="within">The longest span of virtual time it may take; null: one second.</param>
    /// <exception cref="ScriptException">It did not hold in time.</exception>
    public void RunUntil(Func<bool> condition, VirtualDuration? within = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ScriptedMachine machine = _machine();
        VirtualDuration patience = within ?? Observing.Tap.DefaultPatience;
        VirtualTime limit = machine.Now + patience;
        while (!condition())
        {
            if (!machine.RunOne(limit))
            {
                throw machine.Failure(
                    $"expected the condition to hold within {patience}; it does not",
                    static _ => false
                );
            }
        }
    }
}
