using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.TestKit;
using PvTimer.ActorTime.Moving;

namespace PvTimer.ActorTime.Verbs;

/// <summary>
/// Akka's test probe in virtual time. In the place of an actor of the machine it gets what reaches that actor, and
/// what it replies travels through the machine, 1 ns, in that actor's name.
/// </summary>
public sealed class AkkaProbe : VirtualTestKit
{
    private readonly bool _standsInMachine;
    private readonly List<Func<IActorRef, object, bool>> _answers = [];
    private AutoPilot? _pilot;

    /// <param name="inner">Akka's own.</param>
    /// <param name="timeline">What passes while it waits.</param>
    /// <param name="standsInMachine">It gets its messages at instants of the machine.</param>
    internal AkkaProbe(TestProbe inner, Func<ITimeline> timeline, bool standsInMachine = false)
        : base(inner, timeline) => _standsInMachine = standsInMachine;

    /// <summary>The actor to tell things to, and to give as a sender.</summary>
    public IActorRef Ref => Probe.Ref;

    /// <summary>Who sent the message that was taken last.</summary>
    /// <exception cref="IllegalActorStateException">None was there to be taken.</exception>
    public IActorRef Sender => LastSender;

    private TestProbe Probe => (TestProbe)Inner;

    /// <summary>Tells something to the sender of the message that was taken last.</summary>
    public void Reply(object message) => Sender.Tell(message, Ref);

    /// <summary>Tells something to an actor, as this probe.</summary>
    public void Send(IActorRef actor, object message)
    {
        ArgumentNullException.ThrowIfNull(actor);
        actor.Tell(message, Ref);
    }

    /// <summary>Tells something to an actor, as the sender of the message that was taken last.</summary>
    public void Forward(IActorRef actor, object message)
    {
        ArgumentNullException.ThrowIfNull(actor);
        actor.Tell(message, Sender);
    }

    /// <summary>Passes the message that was taken last on to an actor, as its sender.</summary>
    public void Forward(IActorRef actor) =>
        Forward(
            actor,
            LastMessage ?? throw new InvalidOperationException("no message has been taken")
        );

    /// <summary>A child of the test actor, in virtual time.</summary>
    public IActorRef ChildActorOf<TActor>(
        string name,
        SupervisorStrategy supervisorStrategy,
        CancellationToken cancellationToken = default
    )
        where TActor : ActorBase, new() =>
        ChildActorOf(Props.Create<TActor>(), name, supervisorStrategy, cancellationToken);

    /// <summary>A child of the test actor, in virtual time.</summary>
    public Task<IActorRef> ChildActorOfAsync<TActor>(
        string name,
        SupervisorStrategy supervisorStrategy,
        CancellationToken cancellationToken = default
    )
        where TActor : ActorBase, new() =>
        ChildActorOfAsync(Props.Create<TActor>(), name, supervisorStrategy, cancellationToken);

    /// <summary>A child of the test actor, in virtual time.</summary>
    public IActorRef ChildActorOf<TActor>(
        SupervisorStrategy supervisorStrategy,
        CancellationToken cancellationToken = default
    )
        where TActor : ActorBase, new() =>
        ChildActorOf(Props.Create<TActor>(), supervisorStrategy, cancellationToken);

    /// <summary>A child of the test actor, in virtual time.</summary>
    public Task<IActorRef> ChildActorOfAsync<TActor>(
        SupervisorStrategy supervisorStrategy,
        CancellationToken cancellationToken = default
    )
        where TActor : ActorBase, new() =>
        ChildActorOfAsync(Props.Create<TActor>(), supervisorStrategy, cancellationToken);

    /// <summary>A child of the test actor, in virtual time.</summary>
    public IActorRef ChildActorOf<TActor>(
        string name,
        CancellationToken cancellationToken = default
    )
        where TActor : ActorBase, new() =>
        ChildActorOf(Props.Create<TActor>(), name, cancellationToken);

    /// <summary>A child of the test actor, in virtual time.</summary>
    public Task<IActorRef> ChildActorOfAsync<TActor>(
        string name,
        CancellationToken cancellationToken = default
    )
        where TActor : ActorBase, new() =>
        ChildActorOfAsync(Props.Create<TActor>(), name, cancellationToken);

    /// <summary>A child of the test actor, in virtual time.</summary>
    public IActorRef ChildActorOf<TActor>(CancellationToken cancellationToken = default)
        where TActor : ActorBase, new() => ChildActorOf(Props.Create<TActor>(), cancellationToken);

    /// <summary>A child of the test actor, in virtual time.</summary>
    public Task<IActorRef> ChildActorOfAsync<TActor>(CancellationToken cancellationToken = default)
        where TActor : ActorBase, new() =>
        ChildActorOfAsync(Props.Create<TActor>(), cancellationToken);

    /// <summary>
    /// From now on the probe answers each message of this kind, besides keeping it for expectations. Of several answers
    /// to one kind the first one that was said counts; an auto-pilot that is set later takes their place.
    /// </summary>
    /// <param name="answer">What the sender is told; null: nothing.</param>
    /// <param name="where">Which of this kind; null: any.</param>
    public void OnMsg<T>(Func<T, object?> answer, Func<T, bool>? where = null)
    {
        ArgumentNullException.ThrowIfNull(answer);
        _answers.Add(
            (sender, message) =>
            {
                if (message is not T asked || where?.Invoke(asked) == false)
                {
                    return false;
                }
                if (answer(asked) is { } told)
                {
                    sender.Tell(told, Ref);
                }
                return true;
            }
        );
        SetAutoPilot(
            new DelegateAutoPilot(
                (sender, message) =>
                {
                    _ = _answers.Exists(each => each(sender, message));
                    return AutoPilot.KeepRunning;
                }
            )
        );
    }

    /// <inheritdoc/>
    public override void SetAutoPilot(AutoPilot pilot)
    {
        ArgumentNullException.ThrowIfNull(pilot);
        if (_standsInMachine)
        {
            _pilot = pilot;
        }
        else
        {
            base.SetAutoPilot(pilot);
        }
    }

    /// <summary>A message of the machine has reached the place in which this stands.</summary>
    internal void Take(object message, IActorRef sender)
    {
        Ref.Tell(message, sender);
        AutoPilot? next = _pilot?.Run(sender, message);
        _pilot = next is KeepRunning ? _pilot : next;
    }
}
