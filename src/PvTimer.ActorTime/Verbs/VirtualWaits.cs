using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;
using Akka.TestKit;
using PvTimer.ActorTime.Moving;

namespace PvTimer.ActorTime.Verbs;

/// <summary>Akka's verbs that wait for a condition or an assertion, in virtual time.</summary>
public abstract class VirtualWaits : VirtualBlocks
{
    private protected VirtualWaits(TestKitBase? inner, Func<ITimeline> timeline)
        : base(inner, timeline) { }

    /// <summary>The machine runs until a condition holds.</summary>
    /// <param name="conditionIsFulfilled">Asked after every event.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    public void AwaitCondition(
        Func<bool> conditionIsFulfilled,
        CancellationToken cancellationToken = default
    ) => AwaitCondition(conditionIsFulfilled, max: null, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string?, CancellationToken)"/>
    public void AwaitCondition(
        Func<bool> conditionIsFulfilled,
        TimeSpan? max,
        CancellationToken cancellationToken = default
    ) =>
        AwaitCondition(conditionIsFulfilled, max, interval: null, message: null, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string?, CancellationToken)"/>
    public void AwaitCondition(
        Func<bool> conditionIsFulfilled,
        TimeSpan? max,
        string message,
        CancellationToken cancellationToken = default
    ) => AwaitCondition(conditionIsFulfilled, max, interval: null, message, cancellationToken);

    /// <summary>The machine runs until a condition holds.</summary>
    /// <param name="conditionIsFulfilled">What has to hold.</param>
    /// <param name="max">Virtual time it may take; null: <see cref="VirtualBlocks.RemainingOrDefault"/>.</param>
    /// <param name="interval">It is asked so often; null: after every event.</param>
    /// <param name="message">Why, for the failure.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    /// <exception cref="ScriptException">It does not hold in time.</exception>
    public void AwaitCondition(
        Func<bool> conditionIsFulfilled,
        TimeSpan? max,
        TimeSpan? interval,
        string? message = null,
        CancellationToken cancellationToken = default
    )
    {
        TimeSpan most = RemainingOrDilated(max);
        if (!AwaitConditionNoThrow(conditionIsFulfilled, most, interval, cancellationToken))
        {
            throw Failure($"the condition does not hold within {Said(most)}{Because(message)}");
        }
    }

    /// <summary>The machine runs until a condition holds, or a span is over.</summary>
    /// <returns>Whether it holds.</returns>
    public bool AwaitConditionNoThrow(
        Func<bool> conditionIsFulfilled,
        TimeSpan max,
        TimeSpan? interval = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(conditionIsFulfilled);
        return Await(conditionIsFulfilled, max, interval, cancellationToken);
    }

    /// <summary>The machine runs until an assertion does not throw any more.</summary>
    /// <param name="assertion">What is asserted.</param>
    /// <param name="duration">Virtual time it may take; null: <see cref="VirtualBlocks.RemainingOrDefault"/>.</param>
    /// <param name="interval">It is tried so often; null: after every event.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    public void AwaitAssert(
        Action assertion,
        TimeSpan? duration = null,
        TimeSpan? interval = null,
        CancellationToken cancellationToken = default
    ) =>
        AwaitAssertAsync(Awaited.Of(assertion), duration, interval, cancellationToken)
            .GetAwaiter()
            .GetResult();

    /// <inheritdoc cref="AwaitAssert"/>
    public Task AwaitAssertAsync(
        Action assertion,
        TimeSpan? duration = null,
        TimeSpan? interval = null,
        CancellationToken cancellationToken = default
    ) => AwaitAssertAsync(Awaited.Of(assertion), duration, interval, cancellationToken);

    /// <inheritdoc cref="AwaitAssert"/>
    public async Task AwaitAssertAsync(
        Func<Task> assertion,
        TimeSpan? duration = null,
        TimeSpan? interval = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(assertion);
        Wait wait = Begin(RemainingOrDilated(duration), interval);
        while (true)
        {
            try
            {
                await assertion().ConfigureAwait(true);
                return;
            }
            // reason: whatever a test framework throws when an assertion fails
            catch (Exception failure)
            {
                if (!Step(wait, cancellationToken))
                {
                    ExceptionDispatchInfo.Throw(failure);
                }
            }
        }
    }

    /// <inheritdoc cref="AwaitCondition(Func{bool}, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<bool> conditionIsFulfilled,
        CancellationToken cancellationToken = default
    ) => AwaitConditionAsync(conditionIsFulfilled, null, null, null, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string?, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<bool> conditionIsFulfilled,
        TimeSpan? max,
        string message,
        CancellationToken cancellationToken = default
    ) => AwaitConditionAsync(conditionIsFulfilled, max, null, message, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string?, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<bool> conditionIsFulfilled,
        TimeSpan? max,
        TimeSpan? interval,
        string? message = null,
        CancellationToken cancellationToken = default
    )
    {
        AwaitCondition(conditionIsFulfilled, max, interval, message, cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc cref="AwaitCondition(Func{bool}, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<Task<bool>> conditionIsFulfilled,
        CancellationToken cancellationToken = default
    ) => AwaitConditionAsync(conditionIsFulfilled, null, null, null, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string?, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<Task<bool>> conditionIsFulfilled,
        TimeSpan? max,
        CancellationToken cancellationToken = default
    ) => AwaitConditionAsync(conditionIsFulfilled, max, null, null, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string?, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<Task<bool>> conditionIsFulfilled,
        TimeSpan? max,
        string message,
        CancellationToken cancellationToken = default
    ) => AwaitConditionAsync(conditionIsFulfilled, max, null, message, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string?, CancellationToken)"/>
    public async Task AwaitConditionAsync(
        Func<Task<bool>> conditionIsFulfilled,
        TimeSpan? max,
        TimeSpan? interval,
        string? message = null,
        CancellationToken cancellationToken = default
    )
    {
        TimeSpan most = RemainingOrDilated(max);
        if (
            !await AwaitConditionNoThrowAsync(
                    conditionIsFulfilled,
                    most,
                    interval,
                    cancellationToken
                )
                .ConfigureAwait(true)
        )
        {
            throw Failure($"the condition does not hold within {Said(most)}{Because(message)}");
        }
    }

    /// <inheritdoc cref="AwaitConditionNoThrow"/>
    public Task<bool> AwaitConditionNoThrowAsync(
        Func<bool> conditionIsFulfilled,
        TimeSpan max,
        TimeSpan? interval = null,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            AwaitConditionNoThrow(conditionIsFulfilled, max, interval, cancellationToken)
        );

    /// <inheritdoc cref="AwaitConditionNoThrow"/>
    public async Task<bool> AwaitConditionNoThrowAsync(
        Func<Task<bool>> conditionIsFulfilled,
        TimeSpan max,
        TimeSpan? interval = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(conditionIsFulfilled);
        Wait wait = Begin(max, interval);
        while (!await conditionIsFulfilled().ConfigureAwait(true))
        {
            if (!Step(wait, cancellationToken))
            {
                return false;
            }
        }
        return true;
    }
}
