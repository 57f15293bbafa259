using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using PvTimer.Sharding.Control;

namespace PvTimer.Simulation.Tests.World;

/// <summary>
/// Who is a member: what Akka's gossip, failure detector and split-brain resolver come to, with their delays. Each
/// node knows it a little later than it is decided; one that is cut off, or stopped, does not know it at all.
/// </summary>
/// <remarks>
/// A node that was not heard for a second and a half is unreachable; a second later the side with the majority
/// declares the others dead. Of nodes that hear each other through a third one only, those with most broken links go.
/// </remarks>
internal sealed class Membership(SimCluster cluster)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(1);

    /// <summary>Oldest first; those that were declared dead are not in it.</summary>
    private readonly List<SimNode> _members = [];
    private readonly Dictionary<(SimNode, SimNode), TimeSpan> _brokenSince = [];
    private string _picture = "";
    private TimeSpan _pictureSince;

    public IReadOnlyList<SimNode> All => _members;

    public SimNode? Oldest => _members.Count == 0 ? null : _members[0];

    public bool Has(SimNode node) => _members.Contains(node);

    public void Begin() => cluster.Agenda.After(Interval, Watch);

    public void Join(SimNode node)
    {
        if (!_members.Exists(member => member.IsAlive))
        {
            // There is no cluster to join: it begins one.
            _members.Clear();
        }
        _members.Add(node);
        Spread();
        MoveCoordinator();
    }

    /// <summary>A node leaves as it was allowed to: its coordinator goes first.</summary>
    public void Leave(string address)
    {
        if (_members.Find(member => member.Address == address) is { } node)
        {
            node.StopCoordinator();
            node.Do(node.End);
            Remove([node]);
        }
    }

    /// <summary>Some node has declared another one dead.</summary>
    public void DeclareDead(string address, SimNode by)
    {
        if (Has(by) && _members.Find(member => member.Address == address) is { } node)
        {
            Remove([node]);
        }
    }

    public ClusterView ViewFor(SimNode viewer)
    {
        var members = new ClusterMember[_members.Count];
        for (int index = 0; index < members.Length; index++)
        {
            SimNode member = _members[index];
            members[index] = new ClusterMember(
                member.Address,
                "Up",
                member == viewer || !IsUnreachable(viewer, member)
            );
        }
        return new ClusterView(
            ImmutableCollectionsMarshal.AsImmutableArray(members),
            Oldest?.Address,
            IsSelfDown: !Has(viewer) && cluster.HasJoined(viewer)
        )
        {
            Self = viewer.Address,
        };
    }

    /// <summary>A link is good if both hear each other.</summary>
    private static bool IsGood(SimCluster cluster, SimNode left, SimNode right) =>
        left.IsAlive
        && right.IsAlive
        && !left.IsStopped
        && !right.IsStopped
        && !cluster.Network.IsCut(left, right)
        && !cluster.Network.IsCut(right, left);

    /// <summary>Itself, or a node that it hears, has not heard of the member for too long.</summary>
    private bool IsUnreachable(SimNode viewer, SimNode member) =>
        _brokenSince.Count > 0
        && _members.Any(observer =>
            observer != member
            && (observer == viewer || !IsBroken(viewer, observer))
            && IsBroken(observer, member)
        );

    private bool IsBroken(SimNode left, SimNode right) =>
        _brokenSince.TryGetValue(Pair(left, right), out TimeSpan since)
        && cluster.Agenda.Now - since >= Patience;

    private static (SimNode, SimNode) Pair(SimNode left, SimNode right) =>
        left.Number < right.Number ? (left, right) : (right, left);

    private void Watch()
    {
        if (IsAllWell())
        {
            cluster.Agenda.After(Interval, Watch);
            return;
        }
        foreach ((SimNode left, SimNode right) in Pairs())
        {
            if (IsGood(cluster, left, right))
            {
                _brokenSince.Remove(Pair(left, right));
            }
            else
            {
                _brokenSince.TryAdd(Pair(left, right), cluster.Agenda.Now);
            }
        }
        string picture = string.Join(
            ' ',
            Pairs()
                .Where(pair => IsBroken(pair.Left, pair.Right))
                .Select(pair => pair.Left.Address + pair.Right.Address)
        );
        if (picture != _picture)
        {
            (_picture, _pictureSince) = (picture, cluster.Agenda.Now);
            Spread();
        }
        else if (picture.Length > 0 && cluster.Agenda.Now - _pictureSince >= StableAfter)
        {
            Resolve();
        }
        cluster.Agenda.After(Interval, Watch);
    }

    /// <summary>Nothing is or was broken lately: what almost every look at the members finds.</summary>
    private bool IsAllWell() =>
        cluster.Network.Cuts.Count == 0
        && _brokenSince.Count == 0
        && _picture.Length == 0
        && _members.TrueForAll(static member => member is { IsAlive: true, IsStopped: false });

    private IEnumerable<(SimNode Left, SimNode Right)> Pairs()
    {
        for (int left = 0; left < _members.Count; left++)
        {
            for (int right = left + 1; right < _members.Count; right++)
            {
                yield return (_members[left], _members[right]);
            }
        }
    }

    private void Resolve()
    {
        List<SimNode> best = [];
        SimNode[] able =
        [
            .. _members
                .Where(node => node is { IsAlive: true, IsStopped: false })
                .OrderBy(node => node.Address, StringComparer.Ordinal),
        ];
        foreach (SimNode start in able)
        {
            List<SimNode> side = [start];
            for (int index = 0; index < side.Count; index++)
            {
                side.AddRange(
                    _members.Where(other => !side.Contains(other) && !IsBroken(side[index], other))
                );
            }
            if (side.Count > best.Count)
            {
                best = side;
            }
        }
        if (best.Count == 0)
        {
            return;
        }
        while (WorstOf(best) is { } worst)
        {
            best.Remove(worst);
        }
        Remove([.. _members.Except(best)]);
    }

    /// <summary>The one with most broken links; null: none is broken.</summary>
    private SimNode? WorstOf(List<SimNode> side)
    {
        var worst = side.Select(node =>
                (Node: node, Broken: side.Count(other => other != node && IsBroken(node, other)))
            )
            .OrderByDescending(each => each.Broken)
            .ThenByDescending(each => each.Node.Address, StringComparer.Ordinal)
            .First();
        return worst.Broken == 0 ? null : worst.Node;
    }

    private void Remove(SimNode[] gone)
    {
        if (gone.Length == 0)
        {
            return;
        }
        foreach (SimNode node in gone)
        {
            _members.Remove(node);
            cluster.Say($"{node.Seat.Name} {node.Address} is no member any more");
            foreach (SimNode member in _members)
            {
                Reach(
                    member,
                    () =>
                    {
                        member.Install(ViewFor(member));
                        member.Coordinator?.OnGone(node.Address);
                    }
                );
            }
            EndDeposed(node);
        }
        Spread();
        MoveCoordinator();
    }

    /// <summary>It comes to know it, later than the others, and ends itself.</summary>
    private void EndDeposed(SimNode node) =>
        cluster.Agenda.After(
            cluster.Chance.Between(100, 4000),
            () =>
            {
                node.Install(ViewFor(node));
                node.Coordinator?.OnGone(node.Address);
                node.End();
            },
            node
        );

    private void Spread()
    {
        foreach (SimNode member in _members)
        {
            Reach(member, () => member.Install(ViewFor(member)));
        }
    }

    private void Reach(SimNode member, Action then) =>
        cluster.Agenda.After(cluster.Chance.Between(5, 300), then, member);

    /// <summary>The coordinator lives on the oldest member: on a new one it begins when that has heard so.</summary>
    private void MoveCoordinator()
    {
        if (Oldest is { Coordinator: null } oldest)
        {
            cluster.Agenda.After(
                cluster.Chance.Between(50, 1500),
                () =>
                {
                    if (Oldest == oldest)
                    {
                        oldest.StartCoordinator();
                    }
                },
                oldest
            );
        }
    }
}
