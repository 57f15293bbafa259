using System;
using System.Collections.Immutable;
using PvTimer.Model.Time;
using PvTimer.Sharding.Faults;

namespace PvTimer.TestKit.Clusters;

/// <summary>What is done to a cluster while it runs a script: <c>At(5.Milliseconds()).Kill("node-3")</c>.</summary>
public sealed class ClusterFaults
{
    private readonly ImmutableArray<Fault>.Builder _faults = ImmutableArray.CreateBuilder<Fault>();

    internal ImmutableArray<Fault> All => _faults.ToImmutable();

    /// <summary>
    /// Begins what is done when everything before an instant has happened and nothing at or after it. Virtual
    /// time stands still there until all of it has begun.
    /// </summary>
    /// <param name="instant">Virtual time since the beginning; the run has to be longer.</param>
    public ClusterMoment At(VirtualDuration instant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(instant, VirtualDuration.Zero);
        return new ClusterMoment(this, VirtualTime.Zero + instant);
    }

    internal void Add(Fault fault) => _faults.Add(fault);
}

/// <summary>An instant of a run on a cluster, and what is done then, one after the other.</summary>
/// <remarks>Where a node is named, "coordinator" is the one where the coordinator lives at that time.</remarks>
public sealed class ClusterMoment
{
    private readonly ClusterFaults _faults;
    private readonly VirtualTime _at;

    internal ClusterMoment(ClusterFaults faults, VirtualTime at)
    {
        _faults = faults;
        _at = at;
    }

    /// <inheritdoc cref="ClusterFaults.At"/>
    public ClusterMoment At(VirtualDuration instant) => _faults.At(instant);

    /// <summary>A cell, or all cells of a host, go to a node.</summary>
    /// <param name="cell">"h0" is a host, "h0/p1" one of its pCPUs if the placement policy cuts hosts.</param>
    /// <param name="to">The node's name.</param>
    public ClusterMoment Move(string cell, string to) => Add(FaultKind.Move, cell, to);

    /// <summary>A node is gone at once: SIGKILL, or its like in one process.</summary>
    public ClusterMoment Kill(string node) => Add(FaultKind.Kill, node);

    /// <summary>A node gives its cells away and ends.</summary>
    public ClusterMoment Leave(string node) => Add(FaultKind.Leave, node);

    /// <summary>One more node, named with the next number.</summary>
    public ClusterMoment Join() => Add(FaultKind.Join, "");

    /// <summary>What a node that is lost later is restored from; without any, the run begins again then.</summary>
    public ClusterMoment Checkpoint() => Add(FaultKind.Checkpoint, "");

    /// <summary>A process is stopped, nobody is told, and after a while it goes on.</summary>
    /// <param name="node">A process: see <see cref="Nodes.Processes"/>.</param>
    /// <param name="lasts">Wall time, as it is the others' patience that counts.</param>
    public ClusterMoment Suspend(string node, TimeSpan lasts) =>
        Add(FaultKind.Pause, node, lasts: lasts);

    /// <summary>Sides of nodes do not hear each other for a while: the smaller one ends, unless it is short.</summary>
    /// <param name="sides">"node-1|node-2,node-3".</param>
    /// <param name="lasts">
    /// By the nodes' clock: the wall's for processes, one of their own for nodes in this process. Whole milliseconds;
    /// null: a minute.
    /// </param>
    /// <exception cref="FormatException">The sides are none.</exception>
    public ClusterMoment Partition(string sides, TimeSpan? lasts = null) =>
        Add(
            FaultKind.Partition,
            NetworkPartition.Parse(sides).ToString(),
            lasts: lasts ?? TimeSpan.FromMinutes(1)
        );

    private ClusterMoment Add(
        FaultKind kind,
        string subject,
        string? to = null,
        TimeSpan lasts = default
    )
    {
        FaultMoment moment = new(Backend: null, Percent: null, Later: TimeSpan.Zero, _at);
        _faults.Add(new Fault(kind, subject, to, moment, lasts));
        return this;
    }
}
