using System;
using Akka.Actor;
using PvTimer.Engine;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Actors;

/// <summary>What the regions of one process are to run.</summary>
/// <param name="Scope">Names the run within its actor system; not used before in it.</param>
/// <param name="Parent">Under which the regions' actors live.</param>
/// <param name="Machine">The whole machine.</param>
/// <param name="Partition">Who runs what.</param>
/// <param name="First">The first region that is here.</param>
/// <param name="Count">How many follow it, itself included; at least 1.</param>
/// <param name="LinkOf">A region's way to its peers.</param>
/// <param name="Leave">Called by a region on its way out, so that no peer waits for it any more.</param>
public sealed record RegionSetup(
    string Scope,
    IActorRefFactory Parent,
    IMachine Machine,
    Partition Partition,
    int First,
    int Count,
    Func<int, IBatchLink> LinkOf,
    Action Leave
)
{
    /// <summary>What the run goes on from; null: it begins.</summary>
    public Resumption? From { get; init; }

    /// <summary>
    /// The entities' actors belong to others, who may stop them at any time (sharding, on a node that ends). A
    /// region that finds one stopped is abandoned, see <see cref="RunAbandonedException"/>. False: they are the
    /// run's own, and one that has stopped breaks it.
    /// </summary>
    public bool ActorsAreLent { get; init; }

    /// <summary>See <see cref="Kernel.KeepsMessages"/>: actors that are not the engine's own may keep them.</summary>
    public bool KeepsMessages { get; init; }

    /// <summary>See <see cref="Region.HoldAt"/>.</summary>
    public VirtualTime? HoldAt { get; init; }

    /// <summary>See <see cref="Region.LongestWindow"/>.</summary>
    public VirtualDuration? LongestWindow { get; init; }

    /// <summary>See <see cref="RunOptions.Continue"/>.</summary>
    public Func<RunProgress, bool>? Continue { get; init; }

    /// <summary>
    /// Called on a region's thread after each of its rounds but the last: all that it has belongs to the
    /// same barrier. Null: nobody looks.
    /// </summary>
    public Action<Region>? AtBarrier { get; init; }
}
