using System;
using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;

namespace PvTimer.Sharding;

/// <summary>
/// Asks actors, and waits by the clock of the actor system. Akka's own asks have a new name each, which every process
/// that answers one keeps in mind, thousands of them; these are asked in the name of an actor that is free.
/// </summary>
/// <remarks>
/// An asker is free again once it has its answer. One that was not answered in time is not used any more: what comes late
/// must not pass for the answer to another question.
/// </remarks>
internal sealed class Askers(ExtendedActorSystem system) : IExtension
{
    private readonly TimeProvider _clock = ClusterTime.ClockOf(system);
    private readonly ConcurrentStack<IActorRef> _free = [];

    public static Askers Of(ActorSystem system) => system.WithExtension<Askers, AskersProvider>();

    /// <param name="target">Whom.</param>
    /// <param name="request">What.</param>
    /// <param name="within">By the system's clock, see <see cref="ClusterTime"/>.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="AskTimeoutException">No answer in time.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public async Task<T> Ask<T>(
        ICanTell target,
        object request,
        TimeSpan within,
        CancellationToken cancel = default
    )
    {
        IActorRef asker = _free.TryPop(out IActorRef? free)
            ? free
            : system.SystemActorOf(Props.Create<Asker>());
        Question question = new(target, request);
        using CancellationTokenSource late = new(Timeout.InfiniteTimeSpan, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        bool isFree = false;
        try
        {
            asker.Tell(question);
            // Only now: a clock that is faster than the wall must not run out before anything was said.
            late.CancelAfter(within);
            var answer = (T)
                await question.Answer.Task.WaitAsync(either.Token).ConfigureAwait(false);
            isFree = true;
            return answer;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new AskTimeoutException($"no answer after {within} from {target}");
        }
        finally
        {
            if (isFree)
            {
                _free.Push(asker);
            }
            else
            {
                system.Stop(asker);
            }
        }
    }

    private sealed record Question(ICanTell Target, object Request)
    {
        public TaskCompletionSource<object> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Asks one thing at a time.</summary>
    private sealed class Asker : UntypedActor
    {
        private Question? _asked;

        protected override void OnReceive(object message)
        {
            if (message is Question question)
            {
                _asked = question;
                question.Target.Tell(question.Request, Self);
            }
            else
            {
                _asked?.Answer.TrySetResult(message);
                _asked = null;
            }
        }
    }
}

internal sealed class AskersProvider : ExtensionIdProvider<Askers>
{
    public override Askers CreateExtension(ExtendedActorSystem system) => new(system);
}
