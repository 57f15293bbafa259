using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;

namespace PvTimer.ActorTime.Worlds;

/// <summary>
/// Gets the answer to an Ask as an event of the world; if none comes, the Ask's time-out is one, too. What waits for
/// the answer goes on within that event.
/// </summary>
#pragma warning disable MA0097 // reason: actors are compared by Akka, by path, and no order of them is asked for
internal sealed class AskedRef<T> : FutureActorRef<T>
{
    private readonly ActorWorld _world;
    private readonly Task _answer;
    private readonly Process _process;

    public AskedRef(
        ActorWorld world,
        TaskCompletionSource<T> result,
        ActorPath path,
        IActorRefProvider provider
    )
        : base(result, path, provider)
    {
        _world = world;
        _answer = result.Task;
        _process = world.NewProcess($"answer to {ActorWorld.ActingName}");
        AkkaInternals.ContinueWhereCompleted(_answer);
        world.Escapes.Asked(ActorWorld.ActingName, _answer);
    }

    public override void DeliverAsk(object message, ICanTell destination)
    {
        if (_answer.Exception?.InnerException is AskTimeoutException)
        {
            // Akka starts it by the wall, before anybody can see it.
            throw new ScriptException(
                $"the time-out of an Ask of {message.GetType().Name} was over on the wall before it could become one of virtual time; accepted: 100ms or more, which take no longer here"
            );
        }
        if (AkkaInternals.TimeoutOf(_answer) is { } timeout)
        {
            timeout.Source.CancelAfter(Timeout.InfiniteTimeSpan);
            Alarm alarm = _world.Schedule(
                timeout.After,
                $"time-out of an Ask of {message.GetType().Name}",
                () =>
                {
                    if (!_answer.IsCompleted)
                    {
                        timeout.Source.Cancel();
                    }
                }
            );
            _ = _answer.ContinueWith(
                (_, state) => ((Alarm)state!).Cancel(), // reason: it is the alarm below
                alarm,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }
        base.DeliverAsk(message, destination);
        _world.AnswerNow(_answer);
    }

    protected override void TellInternal(object message, IActorRef sender) =>
        _world.Do(_process, () => base.TellInternal(message, sender));
}
#pragma warning restore MA0097
