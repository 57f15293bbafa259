using System.Collections.Immutable;
using PvTimer.Model.Time;

namespace PvTimer.Model.Events;

/// <summary>What an engine runs: entities, what reaches them from outside, and how fast links are.</summary>
public interface IMachine
{
    /// <summary>Entity i has Id i. Every entity gets <see cref="Start"/> at time zero, from itself.</summary>
    ImmutableArray<IEntity> Entities { get; }

    /// <summary>Messages from outside (scripted moves, devices): the target counts as their source.</summary>
    ImmutableArray<ScriptedMessage> Script { get; }

    /// <summary>
    /// Its entities, or who watches them, may keep a message after the step that it was for; otherwise engines use its object
    /// again.
    /// </summary>
    bool KeepsMessages => true;

    /// <summary>Every event is handled when it is due, those that could wait included: slower, with the same result.</summary>
    bool StepsThroughAll => false;

    /// <summary>The run covers [0, End): nothing at or after End happens.</summary>
    VirtualTime End { get; }

    /// <summary>
    /// Entities of one unit stay in one region together (a pCPU with the entities that live on it). Units
    /// are numbered from 0; units of one host are consecutive.
    /// </summary>
    int UnitOf(EntityId entity);

    /// <summary>The host an entity belongs to, from 0.</summary>
    int HostOf(EntityId entity);

    /// <summary>
    /// The lower bound of the latency of every message between two units; at least 1 ns. Between two hosts
    /// it is the same for all of their units.
    /// </summary>
    VirtualDuration MinimumLatency(int fromUnit, int toUnit);
}

/// <summary>One message from outside the machine.</summary>
public readonly record struct ScriptedMessage(VirtualTime At, EntityId Target, Message Message);
