using System.Collections.Immutable;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Machines;

/// <summary>What files of a real host say about it.</summary>
/// <param name="Cpus">Its online CPUs, by number; empty if no file says them.</param>
/// <param name="Model">Its processor; null if no file says it.</param>
/// <param name="Tsc">The rate that the processor's name has in it ("@ 2.50GHz"); null if none.</param>
/// <param name="Interrupts">Counts of two looks at its interrupts; empty without two.</param>
/// <param name="Distances">Between its NUMA nodes; null if no file says them.</param>
public sealed record HostFacts(
    ImmutableArray<HostCpu> Cpus,
    string? Model,
    TscFrequency? Tsc,
    ImmutableArray<InterruptCount> Interrupts,
    NodeDistances? Distances
);

/// <summary>How far NUMA nodes are from each other: 10 is a node's distance to itself.</summary>
/// <param name="Nodes">Their numbers.</param>
/// <param name="Rows">For each of them, in that order, its distances to all of them.</param>
public sealed record NodeDistances(
    ImmutableArray<int> Nodes,
    ImmutableArray<ImmutableArray<int>> Rows
);

/// <param name="Cpu">Its number.</param>
/// <param name="Socket">The package that it is in.</param>
/// <param name="Node">The NUMA node that it is near to.</param>
/// <param name="Core">The core whose thread it is; machine-wide.</param>
public readonly record struct HostCpu(int Cpu, int Socket, int Node, int Core);

/// <summary>One line of /proc/interrupts in two looks, over all CPUs.</summary>
/// <param name="Name">"LOC".</param>
/// <param name="Description">"Local timer interrupts".</param>
/// <param name="Count">How many came between the two looks.</param>
public readonly record struct InterruptCount(string Name, string Description, long Count);
