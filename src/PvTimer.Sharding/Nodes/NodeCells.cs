using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using Akka.Actor;
using PvTimer.Sharding.Control;

namespace PvTimer.Sharding.Nodes;

/// <summary>The actors of a node's cells, each with a number of its own.</summary>
internal sealed class NodeCells
{
    private readonly Dictionary<string, Cell> _here = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, string> _blockOf = ImmutableDictionary<
        string,
        string
    >.Empty;
    private long _incarnations;

    private readonly record struct Cell(IActorRef Actor, string Block, long Incarnation);

    /// <summary>They live, or have been told to go.</summary>
    public IEnumerable<IActorRef> Actors
    {
        get
        {
            foreach (Cell cell in _here.Values)
            {
                yield return cell.Actor;
            }
        }
    }

    public IActorRef this[string cell] => _here[cell].Actor;

    /// <summary>
    /// From now on the cells are in these blocks. What is here of a block that is none any more goes: its cells come
    /// again in those that take its place.
    /// </summary>
    /// <returns>The cells that go.</returns>
    public ImmutableArray<NodeEvent.CellGone> Regroup(ImmutableDictionary<string, string> blockOf)
    {
        _blockOf = blockOf;
        ImmutableArray<NodeEvent.CellGone>.Builder gone =
            ImmutableArray.CreateBuilder<NodeEvent.CellGone>();
        foreach ((string name, Cell cell) in _here)
        {
            if (!IsInPlace(name, cell.Block))
            {
                cell.Actor.Tell(CellActor.Leave.Instance);
                gone.Add(new NodeEvent.CellGone(name, cell.Incarnation));
            }
        }
        foreach (NodeEvent.CellGone each in gone)
        {
            Remove(each);
        }
        return gone.ToImmutable();
    }

    /// <summary>The block of a cell of the machine that this node has planned last.</summary>
    public string BlockOf(string cell) => _blockOf[cell];

    /// <summary>A cell has come.</summary>
    /// <param name="presence">The cell.</param>
    /// <param name="watcher">Is told <see cref="NodeEvent.CellGone"/> when the cell has stopped.</param>
    /// <returns>Null: it is of a block that is none any more, and goes.</returns>
    public NodeEvent.CellHere? Add(CellActor.Presence presence, IActorContext watcher)
    {
        if (!IsInPlace(presence.Cell, presence.Block))
        {
            presence.Actor.Tell(CellActor.Leave.Instance);
            return null;
        }
        long incarnation = ++_incarnations;
        _here[presence.Cell] = new Cell(presence.Actor, presence.Block, incarnation);
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

    /// <summary>Of a run that this node has not heard of yet nothing is known.</summary>
    private bool IsInPlace(string cell, string block) =>
        !_blockOf.TryGetValue(cell, out string? wanted) || wanted == block;
}
