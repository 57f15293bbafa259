using System;
using Akka.Actor;
using PvTimer.ActorTime.Worlds;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit.Observing;

/// <summary>
/// An actor of the test's own in the time of the machine: its timers, time-outs and answers are events between those of the
/// machine, on the script's thread. As a tap it looks on at what reaches that actor.
/// </summary>
public sealed class ActorInTime : Tap
{
    internal ActorInTime(IActorRef actor, Script script)
        : base(Journal.Text(actor), script) => Ref = actor;

    /// <summary>The actor, to be told something and to be given to others.</summary>
    public IActorRef Ref { get; }

    /// <summary>Tells the actor something now; it handles it when the clock moves.</summary>
    /// <param name="message">What.</param>
    /// <param name="sender">In whose name; null: the test actor's.</param>
    public void Tell(object message, IActorRef? sender = null)
    {
        ThrowIfOther(this);
        if (sender is null)
        {
            Ref.Tell(message);
        }
        else
        {
            Ref.Tell(message, sender);
        }
    }

    internal override bool Passes(ScriptedMachine machine, in Occurrence past)
    {
        ArgumentNullException.ThrowIfNull(machine);
        return machine.IsOwn(past.Target, Name);
    }
}
