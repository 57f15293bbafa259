using System;
using System.Collections.Generic;
using Akka.Actor;
using PvTimer.ActorTime.Worlds;
using PvTimer.Model.Events;

namespace PvTimer.TestKit.Observing;

/// <summary>Numbers for those who are no entities of the machine and take part in its script: behind all that are.</summary>
internal sealed class OwnActors
{
    private readonly Dictionary<string, EntityId> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    /// <summary>The number of an actor; the same path has the same one.</summary>
    public EntityId Of(IActorRef actor)
    {
        string name = Journal.Text(actor);
        if (!_ids.TryGetValue(name, out EntityId id))
        {
            _ids[name] = id = new EntityId(int.MaxValue - _names.Count);
            _names.Add(name);
        }
        return id;
    }

    /// <summary>The path of an actor; null: the number is an entity's.</summary>
    public string? NameOf(EntityId id) =>
        int.MaxValue - id.Index < _names.Count ? _names[int.MaxValue - id.Index] : null;
}
