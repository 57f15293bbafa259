using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.TestKit;
using PvTimer.ActorTime.Moving;

namespace PvTimer.ActorTime.Verbs;

/// <summary>Akka's verbs that take several messages, whatever they are, in virtual time.</summary>
public abstract class VirtualReceives : VirtualMessages
{
    private protected VirtualReceives(TestKitBase? inner, Func<ITimeline> timeline)
        : base(inner, timeline) { }

    /// <inheritdoc cref="ReceiveN(int, TimeSpan, CancellationToken)"/>
    public IReadOnlyCollection<object> ReceiveN(
        int numberOfMessages,
        CancellationToken cancellationToken = default
    ) => Receive(numberOfMessages, RemainingOrDefault, cancellationToken);

    /// <summary>So many messages are taken.</summary>
    /// <param name="numberOfMessages">How many.</param>
    /// <param name="max">Virtual time for all of them.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    /// <exception cref="ScriptException">Fewer come.</exception>
    public IReadOnlyCollection<object> ReceiveN(
        int numberOfMessages,
        TimeSpan max,
        CancellationToken cancellationToken = default
    ) => Receive(numberOfMessages, Dilated(max), cancellationToken);

    /// <inheritdoc cref="ReceiveN(int, TimeSpan, CancellationToken)"/>
    public IAsyncEnumerable<object> ReceiveNAsync(
        int numberOfMessages,
        CancellationToken cancellationToken = default
    ) => ReceiveN(numberOfMessages, cancellationToken).ToAsyncEnumerable();

    /// <inheritdoc cref="ReceiveN(int, TimeSpan, CancellationToken)"/>
    public IAsyncEnumerable<object> ReceiveNAsync(
        int numberOfMessages,
        TimeSpan max,
        CancellationToken cancellationToken = default
    ) => ReceiveN(numberOfMessages, max, cancellationToken).ToAsyncEnumerable();

    /// <summary>Messages are taken as long as a filter makes something of them; the first other one stays.</summary>
    /// <param name="max">Virtual time for all of them; null: <see cref="VirtualBlocks.RemainingOrDefault"/>.</param>
    /// <param name="filter">What it makes of a message; null: it is another one.</param>
    /// <param name="msgs">The most.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    public IReadOnlyList<T> ReceiveWhile<T>(
        TimeSpan? max,
        Func<object, T> filter,
        int msgs = int.MaxValue,
        CancellationToken cancellationToken = default
    )
        where T : class => ReceiveWhile(filter, max, idle: null, msgs, cancellationToken);

    /// <inheritdoc cref="ReceiveWhile{T}(Func{object, T}, TimeSpan?, TimeSpan?, int, CancellationToken)"/>
    public IReadOnlyList<T> ReceiveWhile<T>(
        TimeSpan? max,
        TimeSpan? idle,
        Func<object, T> filter,
        int msgs = int.MaxValue,
        CancellationToken cancellationToken = default
    )
        where T : class => ReceiveWhile(filter, max, idle, msgs, cancellationToken);

    /// <summary>Messages are taken as long as a filter makes something of them; the first other one stays.</summary>
    /// <param name="filter">What it makes of a message; null: it is another one.</param>
    /// <param name="max">Virtual time for all of them; null: <see cref="VirtualBlocks.RemainingOrDefault"/>.</param>
    /// <param name="idle">Virtual time for each; null: as long as there is for all.</param>
    /// <param name="msgs">The most.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    public IReadOnlyList<T> ReceiveWhile<T>(
        Func<object, T> filter,
        TimeSpan? max = null,
        TimeSpan? idle = null,
        int msgs = int.MaxValue,
        CancellationToken cancellationToken = default
    )
        where T : class =>
        ReceiveEach(
            message => filter(message) is { } made ? (true, made) : (false, null),
            max,
            idle,
            msgs,
            cancellationToken
        );

    /// <summary>Messages are taken as long as a condition holds; the first other one stays.</summary>
    /// <param name="shouldContinue">Asked about each of this kind.</param>
    /// <param name="max">Virtual time for all of them; null: <see cref="VirtualBlocks.RemainingOrDefault"/>.</param>
    /// <param name="idle">Virtual time for each; null: as long as there is for all.</param>
    /// <param name="msgs">The most.</param>
    /// <param name="shouldIgnoreOtherMessageTypes">Others are taken and dropped; else they end it.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    public IReadOnlyList<T> ReceiveWhile<T>(
        Predicate<T> shouldContinue,
        TimeSpan? max = null,
        TimeSpan? idle = null,
        int msgs = int.MaxValue,
        bool shouldIgnoreOtherMessageTypes = true,
        CancellationToken cancellationToken = default
    )
        where T : class =>
        ReceiveEach(
            message =>
                message is T mine
                    ? (shouldContinue(mine), mine)
                    : (shouldIgnoreOtherMessageTypes, null),
            max,
            idle,
            msgs,
            cancellationToken
        );

    /// <inheritdoc cref="ReceiveWhile{T}(TimeSpan?, Func{object, T}, int, CancellationToken)"/>
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(
        TimeSpan? max,
        Func<object, T> filter,
        int msgs = int.MaxValue,
        CancellationToken cancellationToken = default
    )
        where T : class => ReceiveWhile(max, filter, msgs, cancellationToken).ToAsyncEnumerable();

    /// <inheritdoc cref="ReceiveWhile{T}(Func{object, T}, TimeSpan?, TimeSpan?, int, CancellationToken)"/>
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(
        TimeSpan? max,
        TimeSpan? idle,
        Func<object, T> filter,
        int msgs = int.MaxValue,
        CancellationToken cancellationToken = default
    )
        where T : class =>
        ReceiveWhile(max, idle, filter, msgs, cancellationToken).ToAsyncEnumerable();

    /// <inheritdoc cref="ReceiveWhile{T}(Func{object, T}, TimeSpan?, TimeSpan?, int, CancellationToken)"/>
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(
        Func<object, T> filter,
        TimeSpan? max = null,
        TimeSpan? idle = null,
        int msgs = int.MaxValue,
        CancellationToken cancellationToken = default
    )
        where T : class =>
        ReceiveWhile(filter, max, idle, msgs, cancellationToken).ToAsyncEnumerable();

    /// <inheritdoc cref="ReceiveWhile{T}(Predicate{T}, TimeSpan?, TimeSpan?, int, bool, CancellationToken)"/>
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(
        Predicate<T> shouldContinue,
        TimeSpan? max = null,
        TimeSpan? idle = null,
        int msgs = int.MaxValue,
        bool shouldIgnoreOtherMessageTypes = true,
        CancellationToken cancellationToken = default
    )
        where T : class =>
        ReceiveWhile(
                shouldContinue,
                max,
                idle,
                msgs,
                shouldIgnoreOtherMessageTypes,
                cancellationToken
            )
            .ToAsyncEnumerable();

    /// <inheritdoc cref="FishForMessage{T}(Predicate{T}, ArrayList?, TimeSpan?, string, CancellationToken)"/>
    public object FishForMessage(
        Predicate<object> isMessage,
        TimeSpan? max = null,
        string hint = "",
        CancellationToken cancellationToken = default
    ) => FishForMessage<object>(isMessage, allMessages: null, max, hint, cancellationToken);

    /// <inheritdoc cref="FishForMessage{T}(Predicate{T}, ArrayList?, TimeSpan?, string, CancellationToken)"/>
    public T FishForMessage<T>(
        Predicate<T> isMessage,
        TimeSpan? max = null,
        string hint = "",
        CancellationToken cancellationToken = default
    ) => FishForMessage(isMessage, allMessages: null, max, hint, cancellationToken);

    /// <summary>Messages are taken until one is the one that is wanted.</summary>
    /// <param name="isMessage">Whether it is.</param>
    /// <param name="allMessages">Gets the others; null: they are dropped.</param>
    /// <param name="max">Virtual time for all of them; null: <see cref="VirtualBlocks.RemainingOrDefault"/>.</param>
    /// <param name="hint">Why, for the failure.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    /// <exception cref="ScriptException">It does not come in time.</exception>
    public T FishForMessage<T>(
        Predicate<T> isMessage,
        ArrayList? allMessages,
        TimeSpan? max = null,
        string hint = "",
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(isMessage);
        allMessages?.Clear();
        TimeSpan most = RemainingOrDilated(max);
        TimeSpan end = EndOf(most);
        while (TryReceiveOne(out MessageEnvelope next, LeftOf(end), cancellationToken))
        {
            if (next.Message is T message && isMessage(message))
            {
                return message;
            }
            allMessages?.Add(next.Message);
        }
        throw Failure($"no message that is fished for within {Said(most)}{Because(hint)}");
    }

    /// <inheritdoc cref="FishForMessage(Predicate{object}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<object> FishForMessageAsync(
        Predicate<object> isMessage,
        TimeSpan? max = null,
        string hint = "",
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(FishForMessage(isMessage, max, hint, cancellationToken));

    /// <inheritdoc cref="FishForMessage{T}(Predicate{T}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> FishForMessageAsync<T>(
        Predicate<T> isMessage,
        TimeSpan? max = null,
        string hint = "",
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(FishForMessage(isMessage, max, hint, cancellationToken));

    /// <inheritdoc cref="FishForMessage{T}(Predicate{T}, ArrayList?, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> FishForMessageAsync<T>(
        Predicate<T> isMessage,
        ArrayList? allMessages,
        TimeSpan? max = null,
        string hint = "",
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(FishForMessage(isMessage, allMessages, max, hint, cancellationToken));

    /// <summary>Messages are taken for a span, and none of them is of a kind.</summary>
    /// <exception cref="ScriptException">One is.</exception>
    public Task FishUntilMessageAsync<T>(
        TimeSpan? max = null,
        CancellationToken cancellationToken = default
    )
    {
        ReceiveWhile<object>(
            message =>
                message is T
                    ? throw Failure($"expected no {typeof(T).Name}; {message} came")
                    : true,
            max,
            cancellationToken: cancellationToken
        );
        return Task.CompletedTask;
    }

    /// <summary>Messages are taken until none comes for a span.</summary>
    /// <param name="max">The span; null: <see cref="VirtualBlocks.RemainingOrDefault"/>.</param>
    /// <param name="maxMessages">The most; null: any.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    /// <exception cref="ScriptException">There are more.</exception>
    public Task<ArrayList> WaitForRadioSilenceAsync(
        TimeSpan? max = null,
        uint? maxMessages = null,
        CancellationToken cancellationToken = default
    )
    {
        ArrayList messages = [];
        while (TryReceiveOne(out MessageEnvelope next, max, cancellationToken))
        {
            messages.Add(next.Message);
            if (messages.Count > maxMessages)
            {
                throw Failure($"more than {maxMessages} messages came before a silence");
            }
        }
        return Task.FromResult(ArrayList.ReadOnly(messages));
    }

    /// <summary>When a wait that begins now is over.</summary>
    private protected TimeSpan EndOf(TimeSpan max) =>
        max == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : Now + max;

    /// <summary>How long a wait may still take.</summary>
    private protected TimeSpan LeftOf(TimeSpan end) =>
        end == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan
        : end > Now ? end - Now
        : TimeSpan.Zero;

    private object[] Receive(int count, TimeSpan max, CancellationToken cancel)
    {
        TimeSpan end = EndOf(max);
        object[] received = new object[count];
        for (int index = 0; index < count; index++)
        {
            received[index] = TryReceiveOne(out MessageEnvelope next, LeftOf(end), cancel)
                ? next.Message
                : throw Failure($"expected {count} messages within {Said(max)}; {index} came");
        }
        return received;
    }

    /// <summary>
    /// Takes messages as long as a function wants to go on, and gives what it makes of them; null: nothing.
    /// </summary>
    private List<T> ReceiveEach<T>(
        Func<object, (bool GoesOn, T? Made)> look,
        TimeSpan? max,
        TimeSpan? idle,
        int most,
        CancellationToken cancel
    )
        where T : class
    {
        TimeSpan end = EndOf(RemainingOrDilated(max));
        List<T> taken = [];
        while (taken.Count < most)
        {
            TimeSpan left = LeftOf(end);
            bool isIdleSooner = idle < left || left == Timeout.InfiniteTimeSpan;
            TimeSpan patience = isIdleSooner ? idle ?? left : left;
            if (!TryPeekOne(out MessageEnvelope next, patience, cancel))
            {
                break;
            }
            (bool goesOn, T? made) = look(next.Message);
            if (!goesOn)
            {
                break;
            }
            Inner.TryReceiveOne(out _, TimeSpan.Zero, CancellationToken.None);
            if (made is not null)
            {
                taken.Add(made);
            }
        }
        WasSilence = true;
        return taken;
    }
}
