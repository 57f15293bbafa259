using System;
using System.Collections.Generic;
using System.Globalization;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Control;

/// <summary>The nodes that the coordinator has heard of, by name.</summary>
internal sealed class NodeTable
{
    private readonly SortedList<string, KnownNode> _nodes = new(StringComparer.Ordinal);

    /// <summary>What processes were told, by their marks: one that is not heard now may be heard later.</summary>
    private readonly SortedList<string, Retirement> _retired = new(StringComparer.Ordinal);

    /// <summary>In the order of their names.</summary>
    public IList<KnownNode> All => _nodes.Values;

    /// <summary>What a node says of itself now.</summary>
    /// <param name="report">Its report.</param>
    /// <param name="now">When it came.</param>
    public void Note(NodeReport report, TimeSpan now)
    {
        string name = report.Seat.Name;
        if (Find(name) is { } known && known.Report.Seat.Address == report.Seat.Address)
        {
            known.Report = report;
            known.Heard = now;
        }
        else
        {
            // Another process has the name now: what was said of the one before does not hold for it.
            KnownNode node = new(report, now);
            _nodes[name] = node;
            node.Retire(_retired.GetValueOrDefault(node.Process));
        }
    }

    /// <summary>A process gets no cells any more.</summary>
    /// <param name="process">See <see cref="KnownNode.Process"/>.</param>
    /// <param name="retirement">And what else becomes of it.</param>
    /// <returns>Whether that was not known.</returns>
    public bool Retire(string process, Retirement retirement)
    {
        if (retirement <= _retired.GetValueOrDefault(process))
        {
            return false;
        }
        _retired[process] = retirement;
        foreach (KnownNode node in _nodes.Values)
        {
            if (node.Process == process)
            {
                node.Retire(retirement);
            }
        }
        return true;
    }

    public KnownNode? Find(string name) => _nodes.GetValueOrDefault(name);

    public KnownNode? FindAt(string address)
    {
        for (int index = 0; index < _nodes.Count; index++)
        {
            KnownNode node = _nodes.GetValueAtIndex(index);
            if (node.Report.Seat.Address == address)
            {
                return node;
            }
        }
        return null;
    }

    /// <summary>The node at this address is no member any more.</summary>
    public void Remove(string address)
    {
        if (FindAt(address) is { } node)
        {
            _nodes.Remove(node.Name);
        }
    }

    public bool MayTakeCells(string name) => Find(name) is { MayTakeCells: true };
}

/// <summary>One node.</summary>
/// <param name="report">Its first report.</param>
/// <param name="heard">When that came.</param>
internal sealed class KnownNode(NodeReport report, TimeSpan heard)
{
    public string Name => Report.Seat.Name;

    /// <summary>Names its process: no other one has it.</summary>
    public string Process => ProcessAt(Report.Seat);

    public static string ProcessAt(ClusterSeat seat) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{seat.Address}#{seat.Process.Id}-{seat.Process.Started}"
        );

    /// <summary>Its last report.</summary>
    public NodeReport Report { get; set; } = report;

    /// <summary>When that came.</summary>
    public TimeSpan Heard { get; set; } = heard;

    /// <summary>It was declared dead by command, and gets no cells, whatever it may still report.</summary>
    public bool IsDowned { get; set; }

    /// <summary>It gets no cells any more, until it reports anew after it left.</summary>
    public bool IsDraining { get; set; }

    /// <summary>It leaves as soon as nothing lives there.</summary>
    public bool IsLeaving { get; set; }

    public bool MayTakeCells => !IsDowned && !IsDraining;

    public void Retire(Retirement retirement)
    {
        IsDraining |= retirement >= Retirement.Drains;
        IsLeaving |= retirement >= Retirement.Leaves;
    }
}

/// <summary>What was commanded of a node that gets no cells any more; what comes later includes what comes before.</summary>
internal enum Retirement
{
    None,
    Drains,

    /// <summary>It drains, and leaves when nothing lives there any more.</summary>
    Leaves,
}
