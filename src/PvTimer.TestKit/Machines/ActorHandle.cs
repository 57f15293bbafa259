using PvTimer.Model.Events;
using PvTimer.TestKit.Observing;

namespace PvTimer.TestKit.Machines;

/// <summary>
/// An actor of the machine. It is its own tap: expectations on it look at what reaches it, without replacing it.
/// </summary>
public abstract class ActorHandle : Tap
{
    private protected ActorHandle(string name, Script script)
        : base(name, script) { }

    /// <summary>The entity that it is now.</summary>
    internal virtual EntityId IdIn(ScriptedMachine machine) => machine.Find(Name);

    /// <summary>Whether an entity is this actor: for a vCPU, on whichever host it was.</summary>
    internal virtual bool Is(ScriptedMachine machine, EntityId entity) =>
        entity == machine.Find(Name);

    internal override bool Passes(ScriptedMachine machine, in Occurrence past) =>
        Is(machine, past.Target);
}
