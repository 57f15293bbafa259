using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;

namespace PvTimer.Sharding.Placement;

/// <summary>
/// Akka's question "which node gets this shard" answered by the plan on the <see cref="PlacementBoard"/>.
/// A shard that nobody planned goes to whoever asked for it first.
/// </summary>
/// <remarks>
/// Not Akka's ExternalShardAllocationStrategy (looked at in 1.5.73): it begins a hand-off whenever a wanted home is
/// another one, also while a region is dead or a formation is settled, and its Rebalance cannot be overridden. Its
/// wishes travel through distributed data, where the later wall clock wins and none is ever forgotten; here the
/// coordinator that plans and the strategy that asks are on one node, the oldest, and share a field.
/// </remarks>
internal sealed class PlannedAllocation(ActorSystem system) : IShardAllocationStrategy
{
    private readonly PlacementBoard _board = PlacementBoard.Of(system);
    private readonly Cluster _cluster = Cluster.Get(system);

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
        ImmutableHashSet<Address> regions = [.. currentShardAllocations.Keys.Select(AddressOf)];
        // A hand-off needs the word of every region: with a dead one among them it would only time out.
        if (!_board.MayMove || !regions.IsSubsetOf(Healthy()))
        {
            return Task.FromResult<IImmutableSet<string>>(ImmutableHashSet<string>.Empty);
        }
        return Task.FromResult<IImmutableSet<string>>(
            currentShardAllocations
                .SelectMany(region =>
                    region.Value.Where(shard => IsElsewhere(shard, AddressOf(region.Key), regions))
                )
                .Where(shard => !rebalanceInProgress.Contains(shard))
                .ToImmutableHashSet(StringComparer.Ordinal)
        );
    }

    private ImmutableHashSet<Address> Healthy() =>
        [
            .. _cluster
                .State.Members.Where(member =>
                    member.Status is MemberStatus.Up or MemberStatus.Leaving
                )
                .Where(member => !_cluster.State.Unreachable.Contains(member))
                .Select(member => member.Address),
        ];

    private bool IsElsewhere(string shard, Address at, ImmutableHashSet<Address> regions) =>
        _board.HomeOf(shard) is { } home && home != at && regions.Contains(home);

    private Address AddressOf(IActorRef region) =>
        region.Path.Address.HasLocalScope ? _cluster.SelfAddress : region.Path.Address;
}
