using System;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace PvTimer.ActorTime.Worlds;

/// <summary>
/// The scheduler of an actor system in virtual time: timers, receive timeouts and ScheduleTellOnce wait for the world's
/// clock. A script begins at the Unix epoch.
/// </summary>
/// <remarks>Before the system has started, and after its world is gone, it is the wall's clock that counts.</remarks>
internal class WorldScheduler : SchedulerBase, IDisposable
{
    private readonly HashedWheelTimerScheduler _wall;

    /// <summary>Made by an actor system, as its configuration says.</summary>
    public WorldScheduler(Config config, ILoggingAdapter log)
        : base(config, log) => _wall = new HashedWheelTimerScheduler(config, log);

    /// <summary>Whose clock it is.</summary>
    internal ActorWorld World { get; } = new();

    /// <inheritdoc/>
    public override TimeSpan MonotonicClock => Other?.MonotonicClock ?? World.SinceBegin;

    /// <inheritdoc/>
    public override TimeSpan HighResMonotonicClock =>
        Other?.HighResMonotonicClock ?? World.SinceBegin;

    /// <inheritdoc/>
    protected override DateTimeOffset TimeNow =>
        ((ITimeProvider?)Other)?.Now ?? DateTimeOffset.UnixEpoch + World.SinceBegin;

    /// <summary>The scheduler whose time counts now for who asks; null: it is the world's own.</summary>
    protected virtual SchedulerBase? Other => World.IsFree ? _wall : null;

    /// <summary>The world of an actor system.</summary>
    /// <exception cref="NotSupportedException">Its scheduler is another one.</exception>
    internal static ActorWorld WorldOf(IScheduler scheduler) =>
        scheduler is WorldScheduler world
            ? world.World
            : throw new NotSupportedException(
                $"the actor system's scheduler is {scheduler.GetType()}, and virtual time needs its own; accepted: "
                    + $"akka.scheduler.implementation = \"{typeof(WorldScheduler).FullName}, {typeof(WorldScheduler).Assembly.GetName().Name}\""
            );

    /// <inheritdoc/>
    public void Dispose()
    {
        _wall.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void InternalScheduleTellOnce(
        TimeSpan delay,
        ICanTell receiver,
        object message,
        IActorRef sender,
        ICancelable cancelable
    )
    {
        if (Other is { } other)
        {
            ((ITellScheduler)other).ScheduleTellOnce(delay, receiver, message, sender, cancelable);
        }
        else
        {
            Once(delay, message, () => receiver.Tell(message, sender), cancelable);
        }
    }

    /// <inheritdoc/>
    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        ICanTell receiver,
        object message,
        IActorRef sender,
        ICancelable cancelable
    )
    {
        if (Other is { } other)
        {
            ((ITellScheduler)other).ScheduleTellRepeatedly(
                initialDelay,
                interval,
                receiver,
                message,
                sender,
                cancelable
            );
        }
        else
        {
            void Tell() => receiver.Tell(message, sender);
            Repeatedly(initialDelay, interval, message, Tell, cancelable);
        }
    }

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(
        TimeSpan delay,
        Action action,
        ICancelable cancelable
    )
    {
        if (Other is { } other)
        {
            ((IActionScheduler)other).ScheduleOnce(delay, action, cancelable);
        }
        else
        {
            Once(delay, action.Method.Name, action, cancelable);
        }
    }

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
    )
    {
        if (Other is { } other)
        {
            ((IActionScheduler)other).ScheduleRepeatedly(
                initialDelay,
                interval,
                action,
                cancelable
            );
        }
        else
        {
            Repeatedly(initialDelay, interval, action.Method.Name, action, cancelable);
        }
    }

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        IRunnable action,
        ICancelable cancelable
    ) => InternalScheduleRepeatedly(initialDelay, interval, action.Run, cancelable);

    private void Once(TimeSpan delay, object about, Action run, ICancelable? cancelable)
    {
        Alarm alarm = World.Schedule(delay, about, run);
        cancelable?.Token.Register(alarm.Cancel);
    }

    private void Repeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        object about,
        Action run,
        ICancelable? cancelable
    ) =>
        Once(
            initialDelay,
            about,
            () =>
            {
                // What is done may cancel it.
                run();
                if (cancelable?.IsCancellationRequested != true)
                {
                    Repeatedly(interval, interval, about, run, cancelable);
                }
            },
            cancelable
        );
}
