using System;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.TestKit;
using PvTimer.ActorTime.Moving;

namespace PvTimer.ActorTime.Verbs;

/// <summary>Akka's verbs about the next message, whatever it is, in virtual time.</summary>
public abstract class VirtualMessages : VirtualWaits
{
    private protected VirtualMessages(TestKitBase? inner, Func<ITimeline> timeline)
        : base(inner, timeline) { }

    /// <summary>Messages have come that were not taken yet.</summary>
    public bool HasMessages => Inner.HasMessages;

    /// <summary>The message that was taken last; null: none.</summary>
    public object? LastMessage => Inner.LastMessage;

    /// <summary>Who sent it.</summary>
    public IActorRef LastSender => Inner.LastSender;

    /// <summary>Messages that a condition accepts are not kept.</summary>
    public void IgnoreMessages(Func<object, bool> shouldIgnoreMessage) =>
        Inner.IgnoreMessages(shouldIgnoreMessage);

    /// <summary>Messages of a kind that a condition accepts are not kept.</summary>
    public void IgnoreMessages<TMsg>(Func<TMsg, bool> shouldIgnoreMessage) =>
        Inner.IgnoreMessages(shouldIgnoreMessage);

    /// <summary>Messages of a kind are not kept.</summary>
    public void IgnoreMessages<TMsg>() => Inner.IgnoreMessages<TMsg>();

    /// <summary>All messages are kept again.</summary>
    public void IgnoreNoMessages() => Inner.IgnoreNoMessages();

    /// <summary>What answers each message by itself, at the instant at which it comes.</summary>
    public virtual void SetAutoPilot(AutoPilot pilot) => Inner.SetAutoPilot(pilot);

    /// <summary>The end of an actor is told: a Terminated comes.</summary>
    public IActorRef Watch(IActorRef actorToWatch) => Inner.Watch(actorToWatch);

    /// <inheritdoc cref="Watch"/>
    public Task<IActorRef> WatchAsync(IActorRef actorToWatch) =>
        Task.FromResult(Watch(actorToWatch));

    /// <summary>The end of an actor is not told any more.</summary>
    public IActorRef Unwatch(IActorRef actorToUnwatch) => Inner.Unwatch(actorToUnwatch);

    /// <inheritdoc cref="Unwatch"/>
    public Task<IActorRef> UnwatchAsync(IActorRef actorToUnwatch) =>
        Task.FromResult(Unwatch(actorToUnwatch));

    /// <summary>The next message is taken.</summary>
    /// <param name="max">Virtual time it may take; null: <see cref="VirtualBlocks.RemainingOrDefault"/>.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    /// <returns>Null if none comes.</returns>
    public object? ReceiveOne(
        TimeSpan? max = null,
        CancellationToken cancellationToken = default
    ) =>
        TryReceiveOne(out MessageEnvelope envelope, max, cancellationToken)
            ? envelope.Message
            : null;

    /// <inheritdoc cref="ReceiveOne"/>
    public ValueTask<object?> ReceiveOneAsync(
        TimeSpan? max = null,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(ReceiveOne(max, cancellationToken));

    /// <summary>The next message is taken, with its sender.</summary>
    /// <returns>Whether one came.</returns>
    public bool TryReceiveOne(
        out MessageEnvelope envelope,
        TimeSpan? max = null,
        CancellationToken cancellationToken = default
    )
    {
        WasSilence = false;
        Await(() => Inner.HasMessages, GetTimeoutOrDefault(max), interval: null, cancellationToken);
        // Also if none is there: then there is no last message any more.
        return Inner.TryReceiveOne(out envelope, TimeSpan.Zero, CancellationToken.None);
    }

    /// <inheritdoc cref="TryReceiveOne"/>
    public ValueTask<(bool success, MessageEnvelope envelope)> TryReceiveOneAsync(
        TimeSpan? max,
        CancellationToken cancellationToken = default
    ) =>
        ValueTask.FromResult(
            (TryReceiveOne(out MessageEnvelope envelope, max, cancellationToken), envelope)
        );

    /// <summary>The next message is looked at, and stays.</summary>
    /// <returns>Null if none comes.</returns>
    public object? PeekOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        TryPeekOne(out MessageEnvelope envelope, max, cancellationToken) ? envelope.Message : null;

    /// <inheritdoc cref="PeekOne(TimeSpan?, CancellationToken)"/>
    public object? PeekOne(CancellationToken cancellationToken) =>
        PeekOne(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <inheritdoc cref="PeekOne(TimeSpan?, CancellationToken)"/>
    public ValueTask<object?> PeekOneAsync(
        TimeSpan? max = null,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(PeekOne(max, cancellationToken));

    /// <inheritdoc cref="PeekOne(TimeSpan?, CancellationToken)"/>
    public ValueTask<object?> PeekOneAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(PeekOne(cancellationToken));

    /// <summary>The next message is looked at, with its sender, and stays.</summary>
    /// <returns>Whether one came.</returns>
    public bool TryPeekOne(
        out MessageEnvelope envelope,
        TimeSpan? max,
        CancellationToken cancellationToken
    )
    {
        Await(() => Inner.HasMessages, GetTimeoutOrDefault(max), interval: null, cancellationToken);
        return Inner.TryPeekOne(out envelope, TimeSpan.Zero, CancellationToken.None);
    }

    /// <inheritdoc cref="TryPeekOne"/>
    public ValueTask<(bool success, MessageEnvelope envelope)> TryPeekOneAsync(
        TimeSpan? max,
        CancellationToken cancellationToken
    ) =>
        ValueTask.FromResult(
            (TryPeekOne(out MessageEnvelope envelope, max, cancellationToken), envelope)
        );
}
