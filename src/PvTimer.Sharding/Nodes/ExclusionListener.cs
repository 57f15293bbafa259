using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// Ends a node that the others have removed while its process stood still, and that found them well when it went on:
/// no node tells it, but they take no connection of it any more (Akka calls it quarantined).
/// </summary>
/// <remarks>
/// It would miss their heartbeats some time, the later the longer it stood still. Only those count that have the say, by
/// the rule by which partitions are decided (keep-majority): a sick minority that takes no connections ends no node.
/// </remarks>
internal sealed class ExclusionListener : ReceiveActor
{
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<Address> _by = [];

    public ExclusionListener() => Receive<ThisActorSystemQuarantinedEvent>(OnQuarantined);

    protected override void PreStart() =>
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));

    private void OnQuarantined(ThisActorSystemQuarantinedEvent quarantined)
    {
        _by.Add(quarantined.RemoteAddress);
        Address[] members = [.. _cluster.State.Members.Select(member => member.Address)];
        Address[] excluding = [.. members.Intersect(_by)];
        if (HaveTheSay(excluding, members))
        {
            _log.Warning(
                "removed by {0}, which take no connection of this node any more: it ends",
                string.Join(", ", excluding.Select(each => $"{each}"))
            );
            _cluster.Down(_cluster.SelfAddress);
        }
    }

    /// <param name="some">Members.</param>
    /// <param name="members">All that are known, lowest address first; none: the node is in no cluster.</param>
    internal static bool HaveTheSay(Address[] some, Address[] members) =>
        some.Length * 2 > members.Length
        || (some.Length > 0 && some.Length * 2 == members.Length && some.Contains(members[0]));
}
