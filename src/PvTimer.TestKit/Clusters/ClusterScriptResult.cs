using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Sharding.Faults;
using PvTimer.TestKit.Results;

namespace PvTimer.TestKit.Clusters;

/// <summary>A script's result, as any other run gives it, and what the cluster went through for it.</summary>
/// <param name="Result">As every other run gives it.</param>
/// <param name="Faults">In the order in which they began: what was done, at which virtual time, and what came of it.</param>
/// <param name="History">The run's formations, a line each.</param>
/// <param name="Took">
/// By the nodes' clock, from the order to the result: the wall's for processes, for nodes in this process that of their
/// own (<see cref="InProcessCluster.Clock"/>).
/// </param>
/// <param name="Formations">How often nodes took their seats: 1 if nothing happened.</param>
/// <param name="Nodes">Those that had cells at the end, in order.</param>
public sealed record ClusterScriptResult(
    BackendResult Result,
    ImmutableArray<FaultReport> Faults,
    ImmutableArray<string> History,
    TimeSpan Took,
    long Formations,
    ImmutableArray<string> Nodes
) : ScriptResult(Result)
{
    /// <summary>These nodes, and no other, had cells at the end.</summary>
    /// <param name="nodes">In the order of their names.</param>
    public ClusterScriptResult ShouldEndOn(params ImmutableArray<string> nodes)
    {
        Should(
            Nodes.SequenceEqual(nodes, StringComparer.Ordinal),
            $"expected the run to end on {string.Join(", ", nodes)}, it ended on {string.Join(", ", Nodes)}:\n  {string.Join("\n  ", History)}"
        );
        return this;
    }
}
