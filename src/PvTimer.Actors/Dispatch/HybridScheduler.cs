using System;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using PvTimer.Model.Time;

namespace PvTimer.Actors.Dispatch;

/// <summary>
/// The scheduler of an actor system that has actors in virtual time: virtual for a caller that is handling
/// an event (timers, receive timeouts, ScheduleTellOnce), real for everybody else.
/// </summary>
/// <remarks>A TimeSpan counts 100 ns: finer virtual times are for the machine's own messages.</remarks>
public sealed class HybridScheduler : SchedulerBase, IDisposable
{
    /// <summary>
    /// In the configuration: the scheduler of real time, if it is another one than Akka's. A cluster under test may
    /// have a real time of its own.
    /// </summary>
    public const string RealKey = "pvtimer.real-scheduler";

    private const long NanosecondsPerTick = 100;

    private readonly IScheduler _real;

    public HybridScheduler(Config config, ILoggingAdapter log)
        : base(config, log) =>
        _real = config.GetString(RealKey, "") is { Length: > 0 } named
            ? (IScheduler)
                Activator.CreateInstance(Type.GetType(named, throwOnError: true)!, config, log)!
            : new HashedWheelTimerScheduler(config, log);

    public override TimeSpan MonotonicClock =>
        DriverInEvent is { } driver ? SinceStart(driver) : _real.MonotonicClock;

    public override TimeSpan HighResMonotonicClock =>
        DriverInEvent is { } driver ? SinceStart(driver) : _real.HighResMonotonicClock;

    /// <summary>In virtual time a run starts at the Unix epoch.</summary>
    protected override DateTimeOffset TimeNow =>
        DriverInEvent is { } driver ? DateTimeOffset.UnixEpoch + SinceStart(driver) : _real.Now;

    private static RegionDriver? DriverInEvent =>
        RegionDriver.Current is { IsInVirtualTime: true } driver ? driver : null;

    public void Dispose() => (_real as IDisposable)?.Dispose();

    protected override void InternalScheduleTellOnce(
        TimeSpan delay,
        ICanTell receiver,
        object message,
        IActorRef sender,
        ICancelable cancelable
    )
    {
        if (DriverInEvent is { } driver)
        {
            Once(driver, delay, message, () => receiver.Tell(message, sender), cancelable);
        }
        else
        {
            _real.ScheduleTellOnce(delay, receiver, message, sender, cancelable);
        }
    }

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        ICanTell receiver,
        object message,
        IActorRef sender,
        ICancelable cancelable
    )
    {
        if (DriverInEvent is { } driver)
        {
            void Tell() => receiver.Tell(message, sender);
            Repeatedly(driver, initialDelay, interval, message, Tell, cancelable);
        }
        else
        {
            _real.ScheduleTellRepeatedly(
                initialDelay,
                interval,
                receiver,
                message,
                sender,
                cancelable
            );
        }
    }

    protected override void InternalScheduleOnce(
        TimeSpan delay,
        Action action,
        ICancelable cancelable
    )
    {
        if (DriverInEvent is { } driver)
        {
            Once(driver, delay, action, action, cancelable);
        }
        else
        {
            _real.Advanced.ScheduleOnce(delay, action, cancelable);
        }
    }

    protected override void InternalScheduleOnce(
        TimeSpan delay,
        IRunnable action,
        ICancelable cancelable
    ) => InternalScheduleOnce(delay, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        Action action,
        ICancelable cancelable
    )
    {
        if (DriverInEvent is { } driver)
        {
            Repeatedly(driver, initialDelay, interval, action, action, cancelable);
        }
        else
        {
            _real.Advanced.ScheduleRepeatedly(initialDelay, interval, action, cancelable);
        }
    }

    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        IRunnable action,
        ICancelable cancelable
    ) => InternalScheduleRepeatedly(initialDelay, interval, action.Run, cancelable);

    private static void Once(
        RegionDriver driver,
        TimeSpan delay,
        object about,
        Action run,
        ICancelable? cancelable
    ) =>
        driver.Schedule(
            Virtual(delay),
            about,
            () =>
            {
                if (cancelable?.IsCancellationRequested != true)
                {
                    run();
                }
            }
        );

    private static void Repeatedly(
        RegionDriver driver,
        TimeSpan initialDelay,
        TimeSpan interval,
        object about,
        Action run,
        ICancelable? cancelable
    ) =>
        Once(
            driver,
            initialDelay,
            about,
            () =>
            {
                run();
                Repeatedly(driver, interval, interval, about, run, cancelable);
            },
            cancelable
        );

    private static TimeSpan SinceStart(RegionDriver driver) =>
        TimeSpan.FromTicks(driver.Now.Nanoseconds / NanosecondsPerTick);

    private static VirtualDuration Virtual(TimeSpan span) =>
        VirtualDuration.FromNanoseconds(span.Ticks * NanosecondsPerTick);
}
