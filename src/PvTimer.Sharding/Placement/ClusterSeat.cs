using System;
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Placement;

/// <summary>A node that can take cells.</summary>
/// <param name="Name">As users call it: "node-2".</param>
/// <param name="Address">Its Akka address: "akka.tcp://pvtimer@127.0.0.1:4053".</param>
/// <param name="Roles">cpu, timer, and what else its configuration says.</param>
/// <param name="Regions">How many regions it runs side by side, at least 1.</param>
/// <param name="Process">So that others on the same machine can tell when it is dead.</param>
/// <param name="HasOwnDirectory">What it writes of runs other nodes do not see; see <see cref="NodeOptions.Directory"/>.</param>
public sealed record ClusterSeat(
    [property: JsonConverter(typeof(NodeNameConverter))] string Name,
    string Address,
    ImmutableArray<string> Roles,
    int Regions,
    ProcessMark Process,
    bool HasOwnDirectory = false
)
{
    /// <summary>Takes pCPUs.</summary>
    public const string CpuRole = "cpu";

    /// <summary>Takes dedicated CPUs.</summary>
    public const string TimerRole = "timer";

    public bool Has(string role) => Roles.Contains(role, StringComparer.Ordinal);
}
