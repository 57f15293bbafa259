using System.Collections.Immutable;
using System.Threading;
using Akka.Actor;

namespace PvTimer.Sharding.Placement;

/// <summary>
/// What the coordinator wants, for the allocation strategy to read: both run on the oldest node. Where there
/// is no coordinator yet, nothing is wanted and nothing moves.
/// </summary>
internal sealed class PlacementBoard : IExtension
{
    private sealed record Wanted(ImmutableDictionary<string, Address> Home, bool MayMove);

    private Wanted _wanted = new(ImmutableDictionary<string, Address>.Empty, MayMove: false);

    public static PlacementBoard Of(ActorSystem system) =>
        system.WithExtension<PlacementBoard, PlacementBoardProvider>();

    /// <summary>From now on these shards belong there; those that are elsewhere may be moved.</summary>
    public void Want(ImmutableDictionary<string, Address> home) =>
        Volatile.Write(ref _wanted, new Wanted(home, MayMove: true));

    /// <summary>All shards are where they belong: leave them there.</summary>
    public void Settle() =>
        Volatile.Write(ref _wanted, Volatile.Read(ref _wanted) with { MayMove = false });

    /// <summary>Where a shard belongs; null if nobody said.</summary>
    public Address? HomeOf(string shard) =>
        Volatile.Read(ref _wanted).Home.GetValueOrDefault(shard);

    public bool MayMove => Volatile.Read(ref _wanted).MayMove;
}

internal sealed class PlacementBoardProvider : ExtensionIdProvider<PlacementBoard>
{
    public override PlacementBoard CreateExtension(ExtendedActorSystem system) => new();
}
