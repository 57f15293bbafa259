using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace PvTimer.ActorTime.Worlds;

/// <summary>
/// A scheduler on the wall's clock that has no thread of its own: an actor system in virtual time needs it only while it
/// starts and ends, and an exploration starts and ends one for each schedule.
/// </summary>
internal sealed class WallScheduler(Config config, ILoggingAdapter log)
    : SchedulerBase(config, log),
        IDisposable
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly ConcurrentDictionary<Timer, bool> _timers = new();
    private volatile bool _isGone;

    public override TimeSpan MonotonicClock => Stopwatch.GetElapsedTime(_began);

    public override TimeSpan HighResMonotonicClock => Stopwatch.GetElapsedTime(_began);

    protected override DateTimeOffset TimeNow => TimeProvider.System.GetUtcNow();

    /// <summary>Nothing that it was asked for happens any more.</summary>
    public void Dispose()
    {
        _isGone = true;
        foreach (Timer timer in _timers.Keys)
        {
            Forget(timer);
        }
    }

    protected override void InternalScheduleTellOnce(
        TimeSpan delay,
        ICanTell receiver,
        object message,
        IActorRef sender,
        ICancelable cancelable
    ) => Once(delay, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        ICanTell receiver,
        object message,
        IActorRef sender,
        ICancelable cancelable
    ) => Repeatedly(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(
        TimeSpan delay,
        Action action,
        ICancelable cancelable
    ) => Once(delay, action, cancelable);

    protected override void InternalScheduleOnce(
        TimeSpan delay,
        IRunnable action,
        ICancelable cancelable
    ) => Once(delay, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        Action action,
        ICancelable cancelable
    ) => Repeatedly(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        IRunnable action,
        ICancelable cancelable
    ) => Repeatedly(initialDelay, interval, action.Run, cancelable);

    private void Repeatedly(
        TimeSpan delay,
        TimeSpan interval,
        Action run,
        ICancelable? cancelable
    ) =>
        Once(
            delay,
            () =>
            {
                run();
                Repeatedly(interval, interval, run, cancelable);
            },
            cancelable
        );

    private void Once(TimeSpan delay, Action run, ICancelable? cancelable)
    {
        if (_isGone || cancelable?.IsCancellationRequested == true)
        {
            return;
        }
        Timer timer = null!; // reason: it is started when it is there
        timer = new Timer(
            _ =>
            {
                bool isWanted = Forget(timer) && cancelable?.IsCancellationRequested != true;
                if (isWanted && !_isGone)
                {
                    Run(run);
                }
            },
            state: null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        _timers[timer] = true;
        cancelable?.Token.Register(() => Forget(timer));
        if (delay < TimeSpan.Zero || !timer.Change(delay, Timeout.InfiniteTimeSpan) || _isGone)
        {
            Forget(timer);
        }
    }

    private void Run(Action run)
    {
        try
        {
            run();
        }
        // reason: what is thrown on a timer's thread would end the process
        catch (Exception thrown)
        {
            Log.Error(thrown, "what was scheduled has failed");
        }
    }

    /// <returns>Whether it was still waited for.</returns>
    private bool Forget(Timer timer)
    {
        bool was = _timers.TryRemove(timer, out _);
        timer.Dispose();
        return was;
    }
}
