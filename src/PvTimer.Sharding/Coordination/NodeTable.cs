using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Akka.Actor;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Coordination;

/// <summary>The nodes that the coordinator has heard of, by name.</summary>
internal sealed class NodeTable
{
    private sealed record Known(NodeReport Report, IActorRef Actor, TimeSpan Heard)
    {
        public bool IsDowned { get; init; }

        public bool IsDraining { get; init; }
    }

    private readonly SortedDictionary<string, Known> _nodes = new(StringComparer.Ordinal);

    public ImmutableArray<NodeReport> All => [.. _nodes.Values.Select(node => node.Report)];

    public void Note(NodeReport report, ActorSystem system)
    {
        string name = report.Seat.Name;
        _nodes[name] =
            _nodes.TryGetValue(name, out Known? known)
            && known.Report.Seat.Address == report.Seat.Address
                ? known with
                {
                    Report = report,
                    Heard = MonotonicTime.Now,
                }
                : new Known(report, NodeContext.NodeAt(system, report.Seat), MonotonicTime.Now);
    }

    /// <summary>Whether a node has reported from this address.</summary>
    public bool Knows(string address) =>
        _nodes.Values.Any(node => node.Report.Seat.Address == address);

    public NodeReport? Find(string name) => _nodes.GetValueOrDefault(name)?.Report;

    public IActorRef ActorOf(string name) =>
        _nodes.GetValueOrDefault(name)?.Actor ?? ActorRefs.Nobody;

    /// <summary>How long a node has not reported.</summary>
    public TimeSpan SilenceOf(string name) => MonotonicTime.Now - _nodes[name].Heard;

    /// <summary>The name of the node that was at this address; null if none was known.</summary>
    public string? Remove(string address)
    {
        string? name = _nodes
            .Values.Select(node => node.Report.Seat)
            .FirstOrDefault(seat => seat.Address == address)
            ?.Name;
        if (name is not null)
        {
            _nodes.Remove(name);
        }
        return name;
    }

    /// <summary>A node that was declared dead gets no cells, whatever it may still report.</summary>
    public void MarkDowned(string name) => _nodes[name] = _nodes[name] with { IsDowned = true };

    /// <summary>A node that drains gets no cells any more, until it reports anew after it left.</summary>
    public void Drain(string name) => _nodes[name] = _nodes[name] with { IsDraining = true };

    public bool IsDraining(string name) =>
        _nodes.TryGetValue(name, out Known? known) && known.IsDraining;

    public bool MayTakeCells(string name) =>
        _nodes.TryGetValue(name, out Known? known)
        && known is { IsDowned: false, IsDraining: false };
}
