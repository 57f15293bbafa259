using System;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace PvTimer.TestKit.Clocks;

/// <summary>Akka's scheduler on a <see cref="ClusterClock"/>. Named in the configuration, and made by Akka.</summary>
internal sealed class ClockedScheduler : SchedulerBase, IDisposable
{
    private readonly ClockedSystem _system;
    private volatile bool _hasEnded;

    /// <summary>Called by Akka.</summary>
    public ClockedScheduler(Config config, ILoggingAdapter log)
        : base(config, log) => _system = ClockedSystem.Of(config);

    /// <inheritdoc/>
    public override TimeSpan MonotonicClock => _system.Clock.Elapsed;

    /// <inheritdoc/>
    public override TimeSpan HighResMonotonicClock => _system.Clock.Elapsed;

    /// <inheritdoc/>
    protected override DateTimeOffset TimeNow => _system.Clock.GetUtcNow();

    /// <summary>Nothing that was scheduled happens any more.</summary>
    public void Dispose() => _hasEnded = true;

    /// <inheritdoc/>
    protected override void InternalScheduleTellOnce(
        TimeSpan delay,
        ICanTell receiver,
        object message,
        IActorRef sender,
        ICancelable cancelable
    ) => Schedule(delay, null, () => receiver.Tell(message, sender), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        ICanTell receiver,
        object message,
        IActorRef sender,
        ICancelable cancelable
    ) => Schedule(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(
        TimeSpan delay,
        Action action,
        ICancelable cancelable
    ) => Schedule(delay, null, () => _system.Clock.Run(action), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(
        TimeSpan delay,
        IRunnable action,
        ICancelable cancelable
    ) => InternalScheduleOnce(delay, action.Run, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        Action action,
        ICancelable cancelable
    ) => Schedule(initialDelay, interval, () => _system.Clock.Run(action), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        IRunnable action,
        ICancelable cancelable
    ) => InternalScheduleRepeatedly(initialDelay, interval, action.Run, cancelable);

    private void Schedule(TimeSpan delay, TimeSpan? interval, Action act, ICancelable? cancelable)
    {
        if (_hasEnded)
        {
            throw new SchedulerException("this actor system has ended");
        }
        _system.Clock.After(delay, Ring);

        void Ring()
        {
            if (_hasEnded || cancelable?.IsCancellationRequested == true)
            {
                return;
            }
            if (interval is { } again)
            {
                _system.Clock.After(again, Ring);
            }
            act();
        }
    }
}
