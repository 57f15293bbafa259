using System.Collections.Immutable;
using System.Linq;
using Akka.Actor;
using Akka.Cluster;

namespace PvTimer.Sharding.Discovery;

/// <summary>
/// /user/contact-point: tells nodes that look for a cluster whether this one is in it. It stands behind the same
/// handshake as every other actor of the node: who does not know the token is not answered.
/// </summary>
/// <remarks>
/// In the place of Akka.Management's HTTP server. That one (1.5.73) speaks no TLS and asks no client for a token, and what
/// nodes say to each other here needs both, so it is never started: there is no second port.
/// </remarks>
internal sealed class ContactPoint : ReceiveActor
{
    public const string Name = "contact-point";

    /// <summary>More would not help who wants to join.</summary>
    private const int MostMembers = 5;

    private readonly Cluster _cluster = Cluster.Get(Context.System);

    public ContactPoint() =>
        Receive<AskContact>(_ =>
            Sender.Tell(new Contact(_cluster.SelfAddress.ToString(), Joinable()))
        );

    private ImmutableArray<string> Joinable()
    {
        ClusterEvent.CurrentClusterState state = _cluster.State;
        bool isLeaving =
            _cluster.SelfMember.Status
            is MemberStatus.Leaving
                or MemberStatus.Exiting
                or MemberStatus.Down
                or MemberStatus.Removed;
        return isLeaving
            ? []
            :
            [
                .. state
                    .Members.Except(state.Unreachable)
                    .Where(member =>
                        member.Status
                            is MemberStatus.Joining
                                or MemberStatus.WeaklyUp
                                or MemberStatus.Up
                    )
                    .Take(MostMembers)
                    .Select(member => member.Address.ToString()),
            ];
    }
}
