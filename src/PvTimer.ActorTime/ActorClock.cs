using System;
using System.Threading;
using PvTimer.ActorTime.Moving;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime;

/// <summary>
/// The virtual clock of a script. Actors do something only while it moves: here, and in expectations. It takes as long on
/// the wall as they take to do it.
/// </summary>
public sealed class ActorClock
{
    private readonly Func<ActorWorld> _world;

    internal ActorClock(Func<ActorWorld> world) => _world = world;

    /// <summary>Virtual time since the script began: what is due at it has not happened yet.</summary>
    public TimeSpan Now => _world().SinceBegin;

    /// <summary>When the next timer is due; null: none is.</summary>
    public TimeSpan? NextTimer =>
        _world().NextAlarm is var due && due < long.MaxValue
            ? TimeSpan.FromTicks(due / Nanoseconds)
            : null;

    /// <summary>The most messages, signals and timers that one movement may take; fifty million unless said otherwise.</summary>
    public long MostEvents
    {
        get => _world().Limits.Events;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _world().Limits.Events = value;
        }
    }

    /// <summary>The longest that one movement may take on the wall; ten minutes unless said otherwise.</summary>
    public TimeSpan MostWallTime
    {
        get => _world().Limits.Wall;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            _world().Limits.Wall = value;
        }
    }

    private const long Nanoseconds = 100;

    /// <summary>All that can happen at this instant does; no time passes.</summary>
    public void Settle() => _world().Settle();

    /// <summary>Everything before an instant happens; what is due at it does not yet.</summary>
    /// <param name="sinceBegin">The instant; not before now.</param>
    /// <param name="cancel">Ends it early; the clock stays where it is then.</param>
    /// <exception cref="ScriptException">It takes more events, or longer on the wall, than a movement may.</exception>
    public void AdvanceTo(TimeSpan sinceBegin, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sinceBegin, Now);
        using Advance advance = new(_world(), cancel);
        advance.RunBefore(checked(sinceBegin.Ticks * Nanoseconds));
    }

    /// <summary>Everything that happens within a span from now does.</summary>
    /// <param name="span">Not negative.</param>
    /// <param name="cancel">Ends it early; the clock stays where it is then.</param>
    /// <inheritdoc cref="AdvanceTo" path="/exception"/>
    public void AdvanceBy(TimeSpan span, CancellationToken cancel = default) =>
        AdvanceTo(Now + span, cancel);

    /// <summary>The next message, signal or timer happens, however far away it is.</summary>
    /// <returns>Whether there was one.</returns>
    public bool StepOneEvent()
    {
        using Advance advance = new(_world());
        return advance.RunOne(long.MaxValue);
    }

    /// <summary>Events happen, one by one, until a condition holds.</summary>
    /// <param name="condition">Asked before the first event and after each.</param>
    /// <param name="within">The longest span of virtual time it may take; null: one second.</param>
    /// <param name="cancel">Ends it early; the clock stays where it is then.</param>
    /// <exception cref="ScriptException">It did not hold in time.</exception>
    public void RunUntil(
        Func<bool> condition,
        TimeSpan? within = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(condition);
        TimeSpan patience = within ?? TimeSpan.FromSeconds(1);
        ActorWorld world = _world();
        long limit = checked(world.Now + (patience.Ticks * Nanoseconds));
        using Advance advance = new(world, cancel);
        while (!condition())
        {
            if (!advance.RunOne(limit))
            {
                throw world.Failure(
                    $"expected the condition to hold within {patience}; it does not"
                );
            }
        }
    }
}
