using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.TestKit;
using PvTimer.ActorTime.Moving;

namespace PvTimer.ActorTime.Verbs;

/// <summary>Akka's verbs that expect several messages, none, or the end of an actor, in virtual time.</summary>
public abstract class VirtualSets : VirtualExpects
{
    private protected VirtualSets(TestKitBase? inner, Func<ITimeline> timeline)
        : base(inner, timeline) { }

    /// <summary>An actor that is watched has ended, and that is told next.</summary>
    /// <exception cref="ScriptException">Something else is, or nothing.</exception>
    public Terminated ExpectTerminated(
        IActorRef target,
        TimeSpan? timeout = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) =>
        Next<Terminated>(
            (ended, _) =>
                ended.ActorRef.Equals(target) ? null : $"expected the end of {target.Path}",
            timeout,
            hint,
            cancellationToken
        );

    /// <inheritdoc cref="ExpectTerminated"/>
    public ValueTask<Terminated> ExpectTerminatedAsync(
        IActorRef target,
        TimeSpan? timeout = null,
        string? hint = null,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(ExpectTerminated(target, timeout, hint, cancellationToken));

    /// <inheritdoc cref="ExpectNoMsg(TimeSpan, CancellationToken)"/>
    public void ExpectNoMsg(CancellationToken cancellationToken = default) =>
        Silence(NoMessageRemainingOrDefault, cancellationToken);

    /// <inheritdoc cref="ExpectNoMsg(TimeSpan, CancellationToken)"/>
    public void ExpectNoMsg(int milliseconds, CancellationToken cancellationToken = default) =>
        ExpectNoMsg(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);

    /// <summary>No message comes for a span of virtual time, and none is there.</summary>
    /// <exception cref="ScriptException">One is.</exception>
    public void ExpectNoMsg(TimeSpan duration, CancellationToken cancellationToken = default) =>
        Silence(Dilated(duration), cancellationToken);

    /// <inheritdoc cref="ExpectNoMsg(TimeSpan, CancellationToken)"/>
    public ValueTask ExpectNoMsgAsync(CancellationToken cancellationToken = default)
    {
        ExpectNoMsg(cancellationToken);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc cref="ExpectNoMsg(TimeSpan, CancellationToken)"/>
    public ValueTask ExpectNoMsgAsync(
        int milliseconds,
        CancellationToken cancellationToken = default
    )
    {
        ExpectNoMsg(milliseconds, cancellationToken);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc cref="ExpectNoMsg(TimeSpan, CancellationToken)"/>
    public ValueTask ExpectNoMsgAsync(
        TimeSpan duration,
        CancellationToken cancellationToken = default
    )
    {
        ExpectNoMsg(duration, cancellationToken);
        return ValueTask.CompletedTask;
    }

    /// <summary>The next message equals one of these.</summary>
    /// <exception cref="ScriptException">Another one comes, or none.</exception>
    public T ExpectMsgAnyOf<T>(
        IEnumerable<T> messages,
        CancellationToken cancellationToken = default
    ) =>
        Next<T>(
            (next, _) => messages.Contains(next) ? null : "it is none of those expected",
            duration: null,
            hint: null,
            cancellationToken
        );

    /// <inheritdoc cref="ExpectMsgAnyOf"/>
    public ValueTask<T> ExpectMsgAnyOfAsync<T>(
        IEnumerable<T> messages,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(ExpectMsgAnyOf(messages, cancellationToken));

    /// <inheritdoc cref="ExpectMsgAllOf{T}(TimeSpan, IReadOnlyCollection{T}, CancellationToken)"/>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(params T[] messages) =>
        AllOf(messages, RemainingOrDefault, CancellationToken.None);

    /// <inheritdoc cref="ExpectMsgAllOf{T}(TimeSpan, IReadOnlyCollection{T}, CancellationToken)"/>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(
        IReadOnlyCollection<T> messages,
        CancellationToken cancellationToken = default
    ) => AllOf(messages, RemainingOrDefault, cancellationToken);

    /// <inheritdoc cref="ExpectMsgAllOf{T}(TimeSpan, IReadOnlyCollection{T}, CancellationToken)"/>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(TimeSpan max, params T[] messages) =>
        AllOf(messages, Dilated(max), CancellationToken.None);

    /// <summary>The next messages are these, in whatever order.</summary>
    /// <param name="max">Virtual time for all of them.</param>
    /// <param name="messages">Which, at least one.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    /// <exception cref="ScriptException">Others come, or fewer.</exception>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(
        TimeSpan max,
        IReadOnlyCollection<T> messages,
        CancellationToken cancellationToken = default
    ) => AllOf(messages, Dilated(max), cancellationToken);

    /// <inheritdoc cref="ExpectMsgAllOf{T}(TimeSpan, IReadOnlyCollection{T}, CancellationToken)"/>
    public IAsyncEnumerable<T> ExpectMsgAllOfAsync<T>(
        IReadOnlyCollection<T> messages,
        CancellationToken cancellationToken = default
    ) => ExpectMsgAllOf(messages, cancellationToken).ToAsyncEnumerable();

    /// <inheritdoc cref="ExpectMsgAllOf{T}(TimeSpan, IReadOnlyCollection{T}, CancellationToken)"/>
    public IAsyncEnumerable<T> ExpectMsgAllOfAsync<T>(
        TimeSpan max,
        IReadOnlyCollection<T> messages,
        CancellationToken cancellationToken = default
    ) => ExpectMsgAllOf(max, messages, cancellationToken).ToAsyncEnumerable();

    /// <inheritdoc cref="ExpectMsgAllOfMatchingPredicates(TimeSpan, IReadOnlyCollection{PredicateInfo}, CancellationToken)"/>
    public IReadOnlyCollection<object> ExpectMsgAllOfMatchingPredicates(
        params PredicateInfo[] predicates
    ) => AllMatching(predicates, RemainingOrDefault, CancellationToken.None);

    /// <inheritdoc cref="ExpectMsgAllOfMatchingPredicates(TimeSpan, IReadOnlyCollection{PredicateInfo}, CancellationToken)"/>
    public IReadOnlyCollection<object> ExpectMsgAllOfMatchingPredicates(
        IReadOnlyCollection<PredicateInfo> predicates,
        CancellationToken cancellationToken = default
    ) => AllMatching(predicates, RemainingOrDefault, cancellationToken);

    /// <inheritdoc cref="ExpectMsgAllOfMatchingPredicates(TimeSpan, IReadOnlyCollection{PredicateInfo}, CancellationToken)"/>
    public IReadOnlyCollection<object> ExpectMsgAllOfMatchingPredicates(
        TimeSpan max,
        params PredicateInfo[] predicates
    ) => AllMatching(predicates, Dilated(max), CancellationToken.None);

    /// <summary>For each condition there is one of the next messages that it accepts, in whatever order.</summary>
    /// <param name="max">Virtual time for all of them.</param>
    /// <param name="predicates">Which, at least one.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    /// <exception cref="ScriptException">Others come, or fewer.</exception>
    public IReadOnlyCollection<object> ExpectMsgAllOfMatchingPredicates(
        TimeSpan max,
        IReadOnlyCollection<PredicateInfo> predicates,
        CancellationToken cancellationToken = default
    ) => AllMatching(predicates, Dilated(max), cancellationToken);

    /// <inheritdoc cref="ExpectMsgAllOfMatchingPredicates(TimeSpan, IReadOnlyCollection{PredicateInfo}, CancellationToken)"/>
    public IAsyncEnumerable<object> ExpectMsgAllOfMatchingPredicatesAsync(
        IReadOnlyCollection<PredicateInfo> predicates,
        CancellationToken cancellationToken = default
    ) => ExpectMsgAllOfMatchingPredicates(predicates, cancellationToken).ToAsyncEnumerable();

    /// <inheritdoc cref="ExpectMsgAllOfMatchingPredicates(TimeSpan, IReadOnlyCollection{PredicateInfo}, CancellationToken)"/>
    public IAsyncEnumerable<object> ExpectMsgAllOfMatchingPredicatesAsync(
        TimeSpan max,
        IReadOnlyCollection<PredicateInfo> predicates,
        CancellationToken cancellationToken = default
    ) => ExpectMsgAllOfMatchingPredicates(max, predicates, cancellationToken).ToAsyncEnumerable();

    private IReadOnlyCollection<object> AllMatching(
        IReadOnlyCollection<PredicateInfo> predicates,
        TimeSpan max,
        CancellationToken cancel
    )
    {
        ArgumentNullException.ThrowIfNull(predicates);
        ArgumentOutOfRangeException.ThrowIfZero(predicates.Count, nameof(predicates));
        IReadOnlyCollection<object> came = ReceiveN(predicates.Count, max, cancel);
        List<object> others = [.. came];
        foreach (PredicateInfo predicate in predicates)
        {
            int index = others.FindIndex(message =>
                predicate.Type.IsInstanceOfType(message)
                && predicate.PredicateT.DynamicInvoke(message) is true
            );
            if (index < 0)
            {
                throw Failure(
                    $"expected a {predicate.Type.Name} that its condition accepts; {string.Join(", ", others)} came"
                );
            }
            others.RemoveAt(index);
        }
        return came;
    }

    private IReadOnlyCollection<T> AllOf<T>(
        IReadOnlyCollection<T> messages,
        TimeSpan max,
        CancellationToken cancel
    )
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentOutOfRangeException.ThrowIfZero(messages.Count, nameof(messages));
        IReadOnlyCollection<object> came = ReceiveN(messages.Count, max, cancel);
        List<object> others = [.. came];
        T[] missing = [.. messages.Where(message => !others.Remove(message!))];
        return missing.Length == 0
            ? messages
            : throw Failure(
                $"expected {string.Join(", ", messages)}; {string.Join(", ", missing)} did not come, but {string.Join(", ", others)}"
            );
    }

    private void Silence(TimeSpan span, CancellationToken cancel)
    {
        if (Await(() => Inner.HasMessages, span, interval: null, cancel))
        {
            Inner.TryReceiveOne(out MessageEnvelope next, TimeSpan.Zero, CancellationToken.None);
            throw Failure($"expected no message for {Said(span)}; {next.Message} came");
        }
        WasSilence = true;
    }
}
