using System;
using System.Collections.Generic;
using Akka.Actor;
using PvTimer.Sharding.Control;

namespace PvTimer.Sharding.Nodes;

/// <summary>The actors of a node's cells, each with a number of its own.</summary>
internal sealed class NodeCells
{
    private readonly Dictionary<string, (IActorRef Actor, long Incarnation)> _here = new(
        StringComparer.Ordinal
    );
    private long _incarnations;

    /// <summary>They live, or have been told to go.</summary>
    public IEnumerable<IActorRef> Actors
    {
        get
        {
            foreach ((IActorRef actor, _) in _here.Values)
            {
                yield return actor;
            }
        }
    }

    public IActorRef this[string cell] => _here[cell].Actor;

    /// <param name="presence">The cell.</param>
    /// <param name="watcher">Is told <see cref="NodeEvent.CellGone"/> when the cell has stopped.</param>
    public NodeEvent.CellHere Add(CellActor.Presence presence, IActorContext watcher)
    {
        long incarnation = ++_incarnations;
        _here[presence.Cell] = (presence.Actor, incarnation);
        // A cell that was restarted is watched already, with the number that it had.
        watcher.Unwatch(presence.Actor);
        watcher.WatchWith(presence.Actor, new NodeEvent.CellGone(presence.Cell, incarnation));
        return new NodeEvent.CellHere(presence.Cell, incarnation);
    }

    public void Remove(NodeEvent.CellGone gone)
    {
        if (_here.GetValueOrDefault(gone.Cell).Incarnation == gone.Incarnation)
        {
            _here.Remove(gone.Cell);
        }
    }
}
