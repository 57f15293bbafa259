using System.Collections.Immutable;

namespace PvTimer.Scenarios;

/// <summary>How a cluster's nodes share the CPUs of a scenario. It changes what a run costs, never its result.</summary>
public enum PlacementPolicy
{
    /// <summary>Hosts stay whole, contiguous blocks of them on each node: only network links cross borders.</summary>
    PackByHost,

    /// <summary>The pCPUs of one host on different nodes: IPIs and cache lines cross borders.</summary>
    Spread,

    /// <summary>Timer CPUs on the nodes with role timer, the rest of each host whole on the others.</summary>
    Dedicated,
}

/// <param name="Policy">How CPUs are dealt out.</param>
/// <param name="Pins">
/// Exceptions: a host ("h3") or one of its pCPUs ("h3/p7") to a node's name or "role:timer".
/// </param>
public sealed record PlacementSettings(
    PlacementPolicy Policy,
    ImmutableDictionary<string, string> Pins
);
