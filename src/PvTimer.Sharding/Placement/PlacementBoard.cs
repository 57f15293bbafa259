using System;
using System.Collections.Immutable;
using System.Linq;
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

    /// <summary>From now on these cells belong there, in blocks; those that are elsewhere may be moved.</summary>
    /// <param name="cells">The names of all cells, in order.</param>
    /// <param name="homes">For each of them the address of its node.</param>
    public void Want(ImmutableArray<string> cells, ImmutableArray<string> homes)
    {
        ImmutableDictionary<string, string> blockOf = PlacementBlocks.Of(cells, homes);
        ImmutableDictionary<string, Address> home = cells
            .Zip(homes)
            .DistinctBy(cell => blockOf[cell.First], StringComparer.Ordinal)
            .ToImmutableDictionary(
                cell => blockOf[cell.First],
                cell => Address.Parse(cell.Second),
                StringComparer.Ordinal
            );
        Volatile.Write(ref _wanted, new Wanted(home, MayMove: true));
    }

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
