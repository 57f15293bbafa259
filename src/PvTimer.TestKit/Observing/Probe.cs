using System;
using Akka.TestKit;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit.Observing;

/// <summary>
/// Stands in the place of an actor: gets its messages, does nothing of its own accord, and can send in its
/// name. Expecting works as on every tap, in virtual time.
/// </summary>
public sealed class Probe : Tap
{
    private readonly ActorHandle _place;

    internal Probe(ActorHandle place, TestProbe testProbe, Func<ScriptedMachine> machine)
        : base(place.Name, machine)
    {
        _place = place;
        TestProbe = testProbe;
    }

    /// <summary>
    /// Akka's own probe, which has got every message, with the machine's actor as its sender: for Akka's
    /// verbs. What it waits for has to have come: it waits on the wall.
    /// </summary>
    public TestProbe TestProbe { get; }

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
}
