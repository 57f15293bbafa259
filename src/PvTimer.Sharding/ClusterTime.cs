using System;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;

namespace PvTimer.Sharding;

/// <summary>
/// The time in which a node or a client lives: by it members are missed, given up and asked again. That of the wall,
/// unless a test has another one.
/// </summary>
/// <param name="Clock">What time it is.</param>
/// <param name="Config">
/// Akka configuration that has an actor system's timers and failure detectors run on that clock; null: they run on the
/// wall's.
/// </param>
public sealed record ClusterTime(TimeProvider Clock, Config? Config = null)
{
    /// <summary>That of the machine.</summary>
    public static ClusterTime Wall { get; } = new(TimeProvider.System);

    /// <summary>The clock of an actor system.</summary>
    internal static TimeProvider ClockOf(ActorSystem system) =>
        system.Settings.Setup.Get<TimeSetup>() is { HasValue: true } given
            ? given.Value.Clock
            : TimeProvider.System;

    /// <summary>What an actor system is told of it.</summary>
    internal Setup Setup => new TimeSetup(Clock);

    private sealed class TimeSetup(TimeProvider clock) : Setup
    {
        public TimeProvider Clock => clock;
    }
}

/// <summary>Asking an actor, and waiting by a clock.</summary>
internal static class TimedAsk
{
    /// <param name="target">Whom.</param>
    /// <param name="request">What.</param>
    /// <param name="within">By the clock.</param>
    /// <param name="clock">See <see cref="ClusterTime"/>.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="AskTimeoutException">No answer in time.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static async Task<T> AskWithin<T>(
        this ICanTell target,
        object request,
        TimeSpan within,
        TimeProvider clock,
        CancellationToken cancel = default
    )
    {
        using CancellationTokenSource late = new(Timeout.InfiniteTimeSpan, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        try
        {
            Task<T> answer = target.Ask<T>(request, Timeout.InfiniteTimeSpan, either.Token);
            // Only now: a clock that is faster than the wall must not run out before anything was said.
            late.CancelAfter(within);
            return await answer.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new AskTimeoutException($"no answer after {within} from {target}");
        }
    }
}
