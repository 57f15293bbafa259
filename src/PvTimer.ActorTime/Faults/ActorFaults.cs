using System;
using System.Collections.Generic;
using Akka.Actor;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime.Faults;

/// <summary>What a script does to messages between actors, and to actors. Each counts from when it is said.</summary>
public sealed class ActorFaults
{
    private readonly ActorWorld _world;

    internal ActorFaults(ActorWorld world) => _world = world;

    /// <summary>Messages of this kind are lost.</summary>
    /// <param name="to">For this actor; null: for any.</param>
    /// <param name="from">Of this actor; null: of any, and of the script.</param>
    /// <param name="times">So many, then no more; null: all.</param>
    /// <param name="where">Which of this kind; null: any.</param>
    /// <param name="optional">It need not happen; one that is not optional, and meets none, fails the script.</param>
    public ActorFault Drop<T>(
        IActorRef? to = null,
        IActorRef? from = null,
        int? times = null,
        Func<T, bool>? where = null,
        bool optional = false
    ) => Inject("Drop", to, from, times, where, optional, static () => []);

    /// <summary>Messages of this kind take so long, and may be overtaken.</summary>
    /// <param name="by">How long, more than zero.</param>
    /// <param name="to">For this actor; null: for any.</param>
    /// <param name="from">Of this actor; null: of any, and of the script.</param>
    /// <param name="times">So many, then no more; null: all.</param>
    /// <param name="where">Which of this kind; null: any.</param>
    /// <param name="optional">It need not happen; one that is not optional, and meets none, fails the script.</param>
    public ActorFault Delay<T>(
        TimeSpan by,
        IActorRef? to = null,
        IActorRef? from = null,
        int? times = null,
        Func<T, bool>? where = null,
        bool optional = false
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(by, TimeSpan.Zero);
        return Inject("Delay", to, from, times, where, optional, () => [by]);
    }

    /// <summary>Messages of this kind arrive twice.</summary>
    /// <param name="after">How long after the first one the second one comes; zero: at once.</param>
    /// <param name="to">For this actor; null: for any.</param>
    /// <param name="from">Of this actor; null: of any, and of the script.</param>
    /// <param name="times">So many, then no more; null: all.</param>
    /// <param name="where">Which of this kind; null: any.</param>
    /// <param name="optional">It need not happen; one that is not optional, and meets none, fails the script.</param>
    public ActorFault Duplicate<T>(
        TimeSpan after,
        IActorRef? to = null,
        IActorRef? from = null,
        int? times = null,
        Func<T, bool>? where = null,
        bool optional = false
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(after, TimeSpan.Zero);
        return Inject("Duplicate", to, from, times, where, optional, () => [TimeSpan.Zero, after]);
    }

    /// <summary>An actor fails now, as if its handler had thrown, and its supervisor decides: usually it is restarted.</summary>
    /// <param name="cause">What it fails with; null: an exception that says that the script wanted it.</param>
    /// <param name="actor">Which.</param>
    public void Restart(IActorRef actor, Exception? cause = null)
    {
        ArgumentNullException.ThrowIfNull(actor);
        Note(actor, "restarted by the script");
        ((IInternalActorRef)actor).Restart(
            cause ?? new ScriptException("the script has restarted this actor")
        );
    }

    /// <summary>An actor stops now, between two messages: what is in its mailbox is dead letters.</summary>
    public void Kill(IActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        Note(actor, "stopped by the script");
        ((IInternalActorRef)actor).Stop();
    }

    private void Note(IActorRef actor, string what) =>
        _world.Journal.Add(_world.Now, ActorRefs.Nobody, actor, what);

    private ActorFault Inject<T>(
        string verb,
        IActorRef? to,
        IActorRef? from,
        int? times,
        Func<T, bool>? where,
        bool optional,
        Func<IReadOnlyList<TimeSpan>> deliveries
    )
    {
        int most = times ?? int.MaxValue;
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(times));
        string toText = to is null ? "" : $" to {Journal.Text(to)}";
        string fromText = from is null ? "" : $" from {Journal.Text(from)}";
        ActorFault fault = new(
            $"{verb} of {typeof(T).Name}{toText}{fromText}",
            most,
            optional,
            (message, sender, target) =>
                message is T meant
                && where?.Invoke(meant) != false
                && (to is null || to.Equals(target))
                && (from is null || from.Equals(sender)),
            deliveries
        );
        _world.Faults.Add(fault);
        return fault;
    }
}
