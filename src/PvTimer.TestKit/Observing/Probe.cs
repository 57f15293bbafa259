using System;
using Akka.Actor;
using PvTimer.ActorTime.Verbs;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Verbs;

namespace PvTimer.TestKit.Observing;

/// <summary>
/// Stands in the place of an actor: gets its messages, does nothing of its own accord, and can send in its
/// name. Expecting works as on every tap, in virtual time.
/// </summary>
public sealed class Probe : Tap
{
    private readonly ActorHandle _place;

    internal Probe(ActorHandle place, AkkaProbe testProbe, Script script)
        : base(place.Name, script)
    {
        _place = place;
        TestProbe = testProbe;
    }

    /// <summary>
    /// Akka's probe with all of its verbs: it gets every message, with its sender, and waits in virtual time. What it
    /// replies, or its auto-pilot, travels through the machine in the name of the actor in whose place it stands.
    /// </summary>
    public AkkaProbe TestProbe { get; }

    internal override bool Passes(ScriptedMachine machine, in Occurrence past) =>
        past.IsMessage && past.What is not Start && past.Target == _place.IdIn(machine);

    /// <summary>Sends a message now, in the name of the actor in whose place this probe stands.</summary>
    /// <param name="to">Another actor.</param>
    /// <param name="message">What.</param>
    /// <param name="latency">How long it takes, at least 1 ns; null: 1 ns.</param>
    public void Send(ActorHandle to, Message message, VirtualDuration? latency = null)
    {
        ArgumentNullException.ThrowIfNull(to);
        ScriptedMachine machine = Machine;
        machine.ActAs(
            _place.IdIn(machine),
            to.IdIn(machine),
            latency ?? VirtualDuration.Smallest,
            message
        );
    }

    /// <summary>A message has reached the place in which this stands.</summary>
    internal void Take(object message, IActorRef sender)
    {
        Occurrence came = Machine.Log[Machine.Log.End - 1];
        TestProbe.Take(message, new MachineActorRef(sender, answer => Answer(came, answer)));
    }

    private void Answer(in Occurrence came, Message message)
    {
        if (!came.IsMessage || came.IsOutside)
        {
            throw new InvalidOperationException(
                $"{MessageText.Of(came.What, Machine.NameOf)} came from outside of the machine, so no actor is there to be told; "
                    + $"accepted: {nameof(Send)}"
            );
        }
        Machine.ActAs(_place.IdIn(Machine), came.Source, VirtualDuration.Smallest, message);
    }
}
