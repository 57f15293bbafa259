using System;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.TestKit;
using PvTimer.ActorTime.Moving;

namespace PvTimer.ActorTime.Verbs;

/// <summary>Akka's verbs that expect messages, in virtual time.</summary>
/// <remarks>
/// The next message has to be the one that is expected. <c>duration</c> is the virtual time that it may take; null:
/// what is left of a Within, else what the configuration says. <c>hint</c> stands in the failure.
/// </remarks>
public abstract class VirtualExpects : VirtualReceives
{
    private protected VirtualExpects(TestKitBase? inner, Func<ITimeline> timeline)
        : base(inner, timeline) { }

    /// <summary>A message of this kind comes.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsg<T>(
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) => Next<T>(static (_, _) => null, duration, hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(ExpectMsg<T>(duration, hint, cancellationToken));

    /// <summary>A message comes that equals this one.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsg<T>(
        T message,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        Next<T>(
            (next, _) => Equals(next, message) ? null : $"expected {message}",
            duration,
            hint,
            cancellationToken
        );

    /// <inheritdoc cref="ExpectMsg{T}(T, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        T message,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(ExpectMsg<T>(message, duration, hint, cancellationToken));

    /// <summary>A message comes that a condition accepts.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsg<T>(
        Predicate<T> isMessage,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        Next<T>(
            (next, _) => isMessage(next) ? null : "the condition does not accept it",
            duration,
            hint,
            cancellationToken
        );

    /// <inheritdoc cref="ExpectMsg{T}(Predicate{T}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Predicate<T> isMessage,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(ExpectMsg<T>(isMessage, duration, hint, cancellationToken));

    /// <summary>A message of this kind comes, about which an assertion holds.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsg<T>(
        Action<T> assert,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        Next<T>(
            (next, _) => Asserted(assert, () => assert(next)),
            duration,
            hint,
            cancellationToken
        );

    /// <inheritdoc cref="ExpectMsg{T}(Action{T}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Action<T> assert,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(ExpectMsg<T>(assert, duration, hint, cancellationToken));

    /// <summary>A message comes that a condition accepts, with its sender.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsg<T>(
        Func<T, IActorRef, bool> isMessageAndSender,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        Next<T>(
            (next, sender) =>
                isMessageAndSender(next, sender) ? null : "the condition does not accept it",
            duration,
            hint,
            cancellationToken
        );

    /// <inheritdoc cref="ExpectMsg{T}(Func{T, IActorRef, bool}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Func<T, IActorRef, bool> isMessageAndSender,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(ExpectMsg<T>(isMessageAndSender, duration, hint, cancellationToken));

    /// <summary>A message of this kind comes, about which, with its sender, an assertion holds.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsg<T>(
        Action<T, IActorRef> assertMessageAndSender,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        Next<T>(
            (next, sender) =>
                Asserted(assertMessageAndSender, () => assertMessageAndSender(next, sender)),
            duration,
            hint,
            cancellationToken
        );

    /// <inheritdoc cref="ExpectMsg{T}(Action{T, IActorRef}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Action<T, IActorRef> assertMessageAndSender,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        ValueTask.FromResult(
            ExpectMsg<T>(assertMessageAndSender, duration, hint, cancellationToken)
        );

    /// <summary>A message comes that equals this one, as a comparer has it.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsg<T>(
        T expected,
        Func<T, T, bool> comparer,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        Next<T>(
            (next, _) => comparer(expected, next) ? null : $"expected {expected}",
            duration,
            hint,
            cancellationToken
        );

    /// <inheritdoc cref="ExpectMsg{T}(T, Func{T, T, bool}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        T expected,
        Func<T, T, bool> comparer,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(ExpectMsg<T>(expected, comparer, duration, hint, cancellationToken));

    /// <summary>A message of this kind comes from this actor.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsgFrom<T>(
        IActorRef sender,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) => Next<T>((_, from) => From(sender, from), duration, hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        IActorRef sender,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(ExpectMsgFrom<T>(sender, duration, hint, cancellationToken));

    /// <summary>A message that equals this one comes from this actor.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsgFrom<T>(
        IActorRef sender,
        T message,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        Next<T>(
            (next, from) => Equals(next, message) ? From(sender, from) : $"expected {message}",
            duration,
            hint,
            cancellationToken
        );

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, T, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        IActorRef sender,
        T message,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(ExpectMsgFrom<T>(sender, message, duration, hint, cancellationToken));

    /// <summary>A message that a condition accepts comes from this actor.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsgFrom<T>(
        IActorRef sender,
        Predicate<T> isMessage,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        Next<T>(
            (next, from) =>
                isMessage(next) ? From(sender, from) : "the condition does not accept it",
            duration,
            hint,
            cancellationToken
        );

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, Predicate{T}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        IActorRef sender,
        Predicate<T> isMessage,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        ValueTask.FromResult(
            ExpectMsgFrom<T>(sender, isMessage, duration, hint, cancellationToken)
        );

    /// <summary>A message comes of which conditions accept it and its sender.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsgFrom<T>(
        Predicate<IActorRef> isSender,
        Predicate<T> isMessage,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        Next<T>(
            (next, from) =>
                isSender(from) && isMessage(next) ? null : "the conditions do not accept it",
            duration,
            hint,
            cancellationToken
        );

    /// <inheritdoc cref="ExpectMsgFrom{T}(Predicate{IActorRef}, Predicate{T}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        Predicate<IActorRef> isSender,
        Predicate<T> isMessage,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        ValueTask.FromResult(
            ExpectMsgFrom<T>(isSender, isMessage, duration, hint, cancellationToken)
        );

    /// <summary>A message of this kind, about which an assertion holds, comes from this actor.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsgFrom<T>(
        IActorRef sender,
        Action<T> assertMessage,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        Next<T>(
            (next, from) =>
                From(sender, from) ?? Asserted(assertMessage, () => assertMessage(next)),
            duration,
            hint,
            cancellationToken
        );

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, Action{T}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        IActorRef sender,
        Action<T> assertMessage,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        ValueTask.FromResult(
            ExpectMsgFrom<T>(sender, assertMessage, duration, hint, cancellationToken)
        );

    /// <summary>A message of this kind comes, and assertions hold about it and its sender.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsgFrom<T>(
        Action<IActorRef> assertSender,
        Action<T> assertMessage,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        Next<T>(
            (next, from) =>
                Asserted(assertSender, () => assertSender(from))
                ?? Asserted(assertMessage, () => assertMessage(next)),
            duration,
            hint,
            cancellationToken
        );

    /// <inheritdoc cref="ExpectMsgFrom{T}(Action{IActorRef}, Action{T}, TimeSpan?, string?, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        Action<IActorRef> assertSender,
        Action<T> assertMessage,
        TimeSpan? duration = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        ValueTask.FromResult(
            ExpectMsgFrom<T>(assertSender, assertMessage, duration, hint, cancellationToken)
        );

    /// <summary>
    /// The next message, of which a function says what is wrong with it and its sender; null: nothing.
    /// </summary>
    private protected T Next<T>(
        Func<T, IActorRef, string?> flawOf,
        TimeSpan? duration,
        string? hint,
        CancellationToken cancel
    )
    {
        TimeSpan most = RemainingOrDilated(duration);
        string expected = $"expected {typeof(T).Name} within {Said(most)}{Because(hint)}";
        if (!TryReceiveOne(out MessageEnvelope next, most, cancel))
        {
            throw Failure($"{expected}; none came");
        }
        if (next.Message is not T message)
        {
            throw Failure($"{expected}; {next.Message} came");
        }
        return flawOf(message, next.Sender) is { } flaw
            ? throw Failure($"{expected}; {message} came from {PathOf(next.Sender)}: {flaw}")
            : message;
    }

    /// <param name="said">What the test has handed over.</param>
    /// <param name="assertion">The same, of what has come.</param>
    private static string? Asserted(Delegate said, Action assertion)
    {
        Awaited.ThrowIfAsyncVoid(said, nameof(assertion));
        assertion();
        return null;
    }

    private static string? From(IActorRef expected, IActorRef sender) =>
        Equals(expected, sender) ? null : $"expected it from {PathOf(expected)}";

    private static string PathOf(IActorRef? actor) => actor is null ? "-" : $"{actor.Path}";
}
