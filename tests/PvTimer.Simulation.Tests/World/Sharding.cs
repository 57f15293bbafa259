using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace PvTimer.Simulation.Tests.World;

/// <summary>Where each cell is: brought to its home when someone asks for it, and moved there if it is elsewhere.</summary>
internal sealed class Sharding(SimCluster cluster)
{
    private readonly Dictionary<string, (SimNode Node, long Incarnation)> _cells = new(
        StringComparer.Ordinal
    );
    private readonly HashSet<string> _onTheWay = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, string> _homes = ImmutableDictionary<string, string>.Empty;
    private bool _mayMove;
    private int _plan;
    private long _incarnations;

    public void Want(ImmutableArray<string> cells, ImmutableArray<string> homes)
    {
        _homes = cells
            .Zip(homes)
            .ToImmutableDictionary(cell => cell.First, cell => cell.Second, StringComparer.Ordinal);
        _mayMove = true;
        Rebalance(++_plan);
    }

    public void Settle() => _mayMove = false;

    /// <summary>A node wants to have a cell.</summary>
    public void Touch(SimNode asker, string cell)
    {
        if (_onTheWay.Contains(cell))
        {
            return;
        }
        if (_cells.TryGetValue(cell, out (SimNode Node, long Incarnation) at) && at.Node.IsMember)
        {
            return;
        }
        Bring(cell, HomeOf(cell) ?? asker);
    }

    private SimNode? HomeOf(string cell) =>
        _homes.TryGetValue(cell, out string? address)
        && cluster.Find(address) is { IsMember: true } home
            ? home
            : null;

    private void Bring(string cell, SimNode to)
    {
        _onTheWay.Add(cell);
        cluster.Agenda.After(
            cluster.Chance.Between(1, 40),
            () =>
            {
                _onTheWay.Remove(cell);
                if (to.IsMember)
                {
                    long incarnation = ++_incarnations;
                    _cells[cell] = (to, incarnation);
                    to.OnCellHere(cell, incarnation);
                }
            }
        );
    }

    private void Rebalance(int plan)
    {
        if (!_mayMove || plan != _plan)
        {
            return;
        }
        foreach ((string cell, (SimNode node, long incarnation)) in _cells.ToArrayOfPairs())
        {
            if (node.IsMember && HomeOf(cell) is { } home && home != node && _onTheWay.Add(cell))
            {
                _cells.Remove(cell);
                cluster.Agenda.After(
                    cluster.Chance.Between(1, 60),
                    () =>
                    {
                        node.OnCellGone(cell, incarnation);
                        Bring(cell, HomeOf(cell) ?? home);
                    }
                );
            }
        }
        cluster.Agenda.After(TimeSpan.FromMilliseconds(50), () => Rebalance(plan));
    }

    /// <summary>The cells that are on a node.</summary>
    public IEnumerable<(string Cell, long Incarnation)> CellsOn(SimNode node)
    {
        foreach ((string cell, (SimNode at, long incarnation)) in _cells.ToArrayOfPairs())
        {
            if (at == node)
            {
                yield return (cell, incarnation);
            }
        }
    }

    /// <summary>A node lets all its cells go: they are where they are asked for next.</summary>
    public void Dissolve(SimNode node)
    {
        foreach ((string cell, (SimNode at, _)) in _cells.ToArrayOfPairs())
        {
            if (at == node)
            {
                _cells.Remove(cell);
            }
        }
    }
}

internal static class PairArrays
{
    public static KeyValuePair<TKey, TValue>[] ToArrayOfPairs<TKey, TValue>(
        this Dictionary<TKey, TValue> pairs
    )
        where TKey : notnull => [.. pairs];
}
