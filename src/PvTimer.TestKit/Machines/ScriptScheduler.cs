using System;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using PvTimer.Actors.Dispatch;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.TestKit.Machines;

/// <summary>
/// The scheduler of a script's actor system: an actor of the machine that is handling an event gets the machine's time,
/// actors of the test's own get the script's, which is the same.
/// </summary>
internal sealed class ScriptScheduler : WorldScheduler
{
    private readonly HybridScheduler _machine;

    /// <summary>Made by an actor system, as its configuration says.</summary>
    public ScriptScheduler(Config config, ILoggingAdapter log)
        : base(config, log) => _machine = new HybridScheduler(config, log);

    /// <inheritdoc/>
    public override TimeSpan MonotonicClock =>
        IsInMachine ? _machine.MonotonicClock : base.MonotonicClock;

    /// <inheritdoc/>
    public override TimeSpan HighResMonotonicClock =>
        IsInMachine ? _machine.HighResMonotonicClock : base.HighResMonotonicClock;

    /// <inheritdoc/>
    protected override DateTimeOffset TimeNow =>
        IsInMachine ? ((ITimeProvider)_machine).Now : base.TimeNow;

    private static bool IsInMachine => RegionDriver.Current is { IsInVirtualTime: true };

    /// <inheritdoc/>
    protected override void InternalScheduleTellOnce(
        TimeSpan delay,
        ICanTell receiver,
        object message,
        IActorRef sender,
        ICancelable cancelable
    )
    {
        if (IsInMachine)
        {
            ((ITellScheduler)_machine).ScheduleTellOnce(
                delay,
                receiver,
                message,
                sender,
                cancelable
            );
        }
        else
        {
            base.InternalScheduleTellOnce(delay, receiver, message, sender, cancelable);
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
        if (IsInMachine)
        {
            ((ITellScheduler)_machine).ScheduleTellRepeatedly(
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
            base.InternalScheduleTellRepeatedly(
                initialDelay,
                interval,
                receiver,
                message,
                sender,
                cancelable
            );
        }
    }

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(
        TimeSpan delay,
        Action action,
        ICancelable cancelable
    )
    {
        if (IsInMachine)
        {
            ((IActionScheduler)_machine).ScheduleOnce(delay, action, cancelable);
        }
        else
        {
            base.InternalScheduleOnce(delay, action, cancelable);
        }
    }

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        Action action,
        ICancelable cancelable
    )
    {
        if (IsInMachine)
        {
            ((IActionScheduler)_machine).ScheduleRepeatedly(
                initialDelay,
                interval,
                action,
                cancelable
            );
        }
        else
        {
            base.InternalScheduleRepeatedly(initialDelay, interval, action, cancelable);
        }
    }
}
