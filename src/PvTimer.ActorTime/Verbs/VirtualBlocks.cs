using System;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using Akka.TestKit;
using PvTimer.ActorTime.Moving;

namespace PvTimer.ActorTime.Verbs;

/// <summary>
/// What Akka's verbs stand on, in virtual time: a verb that waits runs the machine, event by
/// event, as far as it has to. A TimeSpan counts virtual time, in 100 ns.
/// </summary>
/// <remarks>The verbs, their overloads and their defaults are those of Akka.TestKit.TestKitBase.</remarks>
public abstract class VirtualBlocks
{
    private const long NanosecondsPerTick = 100;

    private readonly Func<ITimeline> _timeline;
    private TestKitBase? _inner;
    private TimeSpan? _end;

    /// <param name="inner">Akka's own; null: it is made when it is needed for the first time.</param>
    /// <param name="timeline">What passes while a verb waits.</param>
    private protected VirtualBlocks(TestKitBase? inner, Func<ITimeline> timeline)
    {
        _inner = inner;
        _timeline = timeline;
    }

    /// <summary>Akka's own, which holds what has come; nothing of it waits.</summary>
    private protected TestKitBase Inner
    {
        get => _inner ??= FirstInner();
        set => _inner = value;
    }

    /// <summary>The last expectation was one of silence: a block that waits may then have taken its whole span.</summary>
    private protected bool WasSilence { get; set; }

    /// <summary>Virtual time since the script began.</summary>
    public TimeSpan Now => TimeSpan.FromTicks(_timeline().Now / NanosecondsPerTick);

    /// <summary>How much is left of the innermost Within.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public TimeSpan Remaining =>
        _end is { } end
            ? NotNegative(end - Now)
            : throw new InvalidOperationException("Remaining may not be called outside of Within");

    /// <summary>How much is left of the innermost Within; without one what an expectation may take.</summary>
    public TimeSpan RemainingOrDefault =>
        RemainingOr(Dilated(Inner.TestKitSettings.SingleExpectDefault));

    /// <summary>How much is left of the innermost Within; without one how long a silence lasts.</summary>
    public TimeSpan NoMessageRemainingOrDefault =>
        RemainingOr(Dilated(Inner.TestKitSettings.ExpectNoMessageDefault));

    /// <summary>A span times the factor of the configuration.</summary>
    public TimeSpan Dilated(TimeSpan duration) => Inner.Dilated(duration);

    /// <summary>The span that is said, dilated; else <see cref="RemainingOrDefault"/>.</summary>
    public TimeSpan RemainingOrDilated(TimeSpan? duration) =>
        duration is not { } said ? RemainingOrDefault
        : said == Timeout.InfiniteTimeSpan ? said
        : Dilated(said);

    /// <summary>The span that is said; else <see cref="RemainingOrDefault"/>.</summary>
    public TimeSpan GetTimeoutOrDefault(TimeSpan? timeout) => timeout ?? RemainingOrDefault;

    /// <summary>A block takes at most so much virtual time.</summary>
    /// <param name="max">The most; what is in it waits no longer than what is left.</param>
    /// <param name="action">The block.</param>
    /// <param name="epsilonValue">So much more is accepted; null: nothing.</param>
    /// <param name="cancellationToken">Asked before the block.</param>
    /// <exception cref="ScriptException">It took longer.</exception>
    public void Within(
        TimeSpan max,
        Action action,
        TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default
    ) => Within(TimeSpan.Zero, max, action, hint: null, epsilonValue, cancellationToken);

    /// <summary>A block takes at least and at most so much virtual time.</summary>
    /// <param name="min">The least.</param>
    /// <param name="max">The most; what is in it waits no longer than what is left.</param>
    /// <param name="action">The block.</param>
    /// <param name="hint">Why, for the failure.</param>
    /// <param name="epsilonValue">So much more is accepted; null: nothing.</param>
    /// <param name="cancellationToken">Asked before the block.</param>
    /// <exception cref="ScriptException">It took longer, or less.</exception>
    public void Within(
        TimeSpan min,
        TimeSpan max,
        Action action,
        string? hint = null,
        TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default
    ) =>
        WithinAsync(min, max, Awaited.Of(action), hint, epsilonValue, cancellationToken)
            .GetAwaiter()
            .GetResult();

    /// <inheritdoc cref="Within(TimeSpan, Action, TimeSpan?, CancellationToken)"/>
    public T Within<T>(
        TimeSpan max,
        Func<T> function,
        TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default
    ) => Within(TimeSpan.Zero, max, function, hint: null, epsilonValue, cancellationToken);

    /// <inheritdoc cref="Within(TimeSpan, TimeSpan, Action, string?, TimeSpan?, CancellationToken)"/>
    public T Within<T>(
        TimeSpan min,
        TimeSpan max,
        Func<T> function,
        string? hint = null,
        TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(function);
        Awaited.ThrowIfTask<T>("WithinAsync");
        return WithinAsync(
                min,
                max,
                () => Task.FromResult(function()),
                hint,
                epsilonValue,
                cancellationToken
            )
            .GetAwaiter()
            .GetResult();
    }

    /// <inheritdoc cref="Within(TimeSpan, Action, TimeSpan?, CancellationToken)"/>
    public Task WithinAsync(
        TimeSpan max,
        Func<Task> actionAsync,
        TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default
    ) => WithinAsync(TimeSpan.Zero, max, actionAsync, hint: null, epsilonValue, cancellationToken);

    /// <inheritdoc cref="Within(TimeSpan, TimeSpan, Action, string?, TimeSpan?, CancellationToken)"/>
    public Task WithinAsync(
        TimeSpan min,
        TimeSpan max,
        Func<Task> actionAsync,
        string? hint = null,
        TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(actionAsync);
        return WithinAsync(
            min,
            max,
            async () =>
            {
                await actionAsync().ConfigureAwait(true);
                return true;
            },
            hint,
            epsilonValue,
            cancellationToken
        );
    }

    /// <inheritdoc cref="Within(TimeSpan, Action, TimeSpan?, CancellationToken)"/>
    public Task<T> WithinAsync<T>(
        TimeSpan max,
        Func<Task<T>> function,
        TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default
    ) => WithinAsync(TimeSpan.Zero, max, function, hint: null, epsilonValue, cancellationToken);

    /// <inheritdoc cref="Within(TimeSpan, TimeSpan, Action, string?, TimeSpan?, CancellationToken)"/>
    public async Task<T> WithinAsync<T>(
        TimeSpan min,
        TimeSpan max,
        Func<Task<T>> function,
        string? hint = null,
        TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(function);
        cancellationToken.ThrowIfCancellationRequested();
        TimeSpan began = Now;
        TimeSpan? before = _end;
        TimeSpan most = before is { } outer && outer - began < max ? outer - began : max;
        if (most < min)
        {
            throw Failure(
                $"the block has to take at least {Said(min)}, and {Said(most)} are left{Because(hint)}"
            );
        }
        WasSilence = false;
        _end = began + most;
        T result;
        try
        {
            result = await function().ConfigureAwait(true);
        }
        finally
        {
            _end = before;
        }
        TimeSpan took = Now - began;
        if (took < min)
        {
            throw Failure(
                $"the block took {Said(took)}, and has to take at least {Said(min)}{Because(hint)}"
            );
        }
        return took <= most + (epsilonValue ?? TimeSpan.Zero) || WasSilence
            ? result
            : throw Failure(
                $"the block took {Said(took)}, and may take at most {Said(most)}{Because(hint)}"
            );
    }

    /// <summary>What is left of a Within, or this span if there is none.</summary>
    private protected TimeSpan RemainingOr(TimeSpan duration) =>
        _end is null ? duration : Remaining;

    /// <summary>The machine runs until something is there, or a span is over.</summary>
    /// <returns>Whether it is there.</returns>
    private protected bool Await(
        Func<bool> isThere,
        TimeSpan max,
        TimeSpan? interval,
        CancellationToken cancel
    )
    {
        cancel.ThrowIfCancellationRequested();
        Wait wait = Begin(max, interval);
        using Advance advance = new(_timeline(), cancel);
        while (!isThere())
        {
            if (!Step(wait, advance))
            {
                return false;
            }
        }
        return true;
    }

    private protected Wait Begin(TimeSpan max, TimeSpan? interval)
    {
        if (interval is { } each)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(
                each,
                TimeSpan.Zero,
                nameof(interval)
            );
        }
        long limit =
            max == Timeout.InfiniteTimeSpan
                ? long.MaxValue
                : Later(_timeline().Now, NotNegative(max));
        return new Wait(limit, interval);
    }

    /// <summary>Some virtual time passes.</summary>
    /// <returns>Whether any was left.</returns>
    private protected bool Step(in Wait wait, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using Advance advance = new(_timeline(), cancel);
        return Step(wait, advance);
    }

    /// <summary>A failure that shows the events around now, if there is a machine.</summary>
    private protected ScriptException Failure(string what) => _timeline().Failure(what);

    private protected static string Because(string? hint) =>
        string.IsNullOrEmpty(hint) ? "" : $": {hint}";

    private protected static string Said(TimeSpan span) =>
        span == Timeout.InfiniteTimeSpan
            ? "any time"
            : string.Create(CultureInfo.InvariantCulture, $"{span.TotalMicroseconds:#,0.0} us");

    /// <summary>Makes <see cref="Inner"/>, when it is needed for the first time.</summary>
    private protected virtual TestKitBase FirstInner() =>
        throw new InvalidOperationException($"{GetType().Name} has no test kit of Akka's");

    private bool Step(in Wait wait, Advance advance)
    {
        ITimeline timeline = _timeline();
        if (timeline.Now >= wait.Limit)
        {
            return false;
        }
        if (wait.Interval is { } interval)
        {
            advance.RunBefore(Math.Min(wait.Limit, Later(timeline.Now, interval)));
            return true;
        }
        if (advance.RunOne(wait.Limit))
        {
            return true;
        }
        if (wait.Limit == long.MaxValue)
        {
            return false;
        }
        // Nothing happens any more until then, and time passes all the same: it is asked once more.
        advance.RunBefore(wait.Limit);
        return true;
    }

    /// <summary>So much later; the end of time if that is later still.</summary>
    private static long Later(long now, TimeSpan span) =>
        span.Ticks >= (long.MaxValue - now) / NanosecondsPerTick
            ? long.MaxValue
            : now + (span.Ticks * NanosecondsPerTick);

    private static TimeSpan NotNegative(TimeSpan span) =>
        span < TimeSpan.Zero ? TimeSpan.Zero : span;

    /// <param name="Limit">Until then.</param>
    /// <param name="Interval">What is waited for is asked so often; null: after every event.</param>
    private protected readonly record struct Wait(long Limit, TimeSpan? Interval);
}
