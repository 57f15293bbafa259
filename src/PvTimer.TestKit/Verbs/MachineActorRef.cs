using System;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using PvTimer.Model.Events;

namespace PvTimer.TestKit.Verbs;

/// <summary>
/// An actor of the machine as a probe sees the sender of a message: what is told to it travels through the
/// machine.
/// </summary>
/// <param name="actor">The actor itself: told directly, past the machine, it would take part in no trace.</param>
/// <param name="send">The way through the machine.</param>
#pragma warning disable MA0097 // reason: actors are compared by Akka, by path, and no order of them is asked for
internal sealed class MachineActorRef(IActorRef actor, Action<Message> send) : MinimalActorRef
{
    public override ActorPath Path => actor.Path;

    public override IActorRefProvider Provider => ((IInternalActorRef)actor).Provider;

    /// <summary>To be watched, and not to be told from others by what it is.</summary>
    public override void SendSystemMessage(ISystemMessage message) =>
        ((IInternalActorRef)actor).SendSystemMessage(message);

    protected override void TellInternal(object message, IActorRef sender) =>
        send(
            message as Message
                ?? throw new ArgumentException(
                    $"{actor.Path.Name} is an actor of the machine and takes no {message.GetType().Name}; accepted: "
                        + "the machine's messages, such as Ipi",
                    nameof(message)
                )
        );
}
#pragma warning restore MA0097
