using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace PvTimer.Sharding.Placement;

/// <summary>
/// Akka's question "which node gets this shard" answered by the plan on the <see cref="PlacementBoard"/>.
/// A shard that nobody planned goes to whoever asked for it first.
/// </summary>
internal sealed class PlannedAllocation(ActorSystem system) : IShardAllocationStrategy
{
    private readonly PlacementBoard _board = PlacementBoard.Of(system);
    private readonly Address _self = Akka.Cluster.Cluster.Get(system).SelfAddress;

    public Task<IActorRef> AllocateShard(
        IActorRef requester,
        string shardId,
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations
    )
    {
        IActorRef? home = _board.HomeOf(shardId) is { } address
            ? currentShardAllocations.Keys.FirstOrDefault(region => AddressOf(region) == address)
            : null;
        return Task.FromResult(home ?? requester);
    }

    public Task<IImmutableSet<string>> Rebalance(
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations,
        IImmutableSet<string> rebalanceInProgress
    )
    {
        if (!_board.MayMove)
        {
            return Task.FromResult<IImmutableSet<string>>(ImmutableHashSet<string>.Empty);
        }
        ImmutableHashSet<Address> regions = [.. currentShardAllocations.Keys.Select(AddressOf)];
        return Task.FromResult<IImmutableSet<string>>(
            currentShardAllocations
                .SelectMany(region =>
                    region.Value.Where(shard => IsElsewhere(shard, AddressOf(region.Key), regions))
                )
                .Where(shard => !rebalanceInProgress.Contains(shard))
                .ToImmutableHashSet(StringComparer.Ordinal)
        );
    }

    private bool IsElsewhere(string shard, Address at, ImmutableHashSet<Address> regions) =>
        _board.HomeOf(shard) is { } home && home != at && regions.Contains(home);

    private Address AddressOf(IActorRef region) =>
        region.Path.Address.HasLocalScope ? _self : region.Path.Address;
}
