using System;
using System.Globalization;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Discovery;
using Akka.Event;
using Akka.Management.Cluster.Bootstrap;
using Akka.Management.Cluster.Bootstrap.Internal;
using Akka.Management.Dsl;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Discovery;

/// <summary>
/// Akka's Cluster.Bootstrap, which joins the cluster that discovered nodes are in, or has the one with the lowest
/// address begin it once all of them have answered that there is none. Only how they are asked is ours: on the
/// authenticated connection, at <see cref="ContactPoint"/>, and not over HTTP.
/// </summary>
/// <remarks>
/// <code>
///   every 1 s       Akka.Discovery: which nodes may there be?
///   every 500 ms    each of them: AskContact ------->  /user/contact-point
///                                 &lt;------- Contact     members of its cluster, if it is in one
///   members seen                                       join these
///   all have answered, none has any, and for a while no other node was discovered:
///                                                      the lowest address joins itself, the others go on asking
/// </code>
/// Two clusters could only begin if two nodes discovered different sets, each with everybody in it answering.
/// </remarks>
internal sealed class PeerBootstrap : BootstrapCoordinator
{
    /// <summary>Akka's name for it.</summary>
    private const string Name = "bootstrapCoordinator";

    private readonly ClusterBootstrapSettings _settings;
    private readonly ActorSystem _system = Context.System;

    /// <summary>Called by Akka.</summary>
    public PeerBootstrap(
        ServiceDiscovery found,
        IJoinDecider decider,
        ClusterBootstrapSettings settings
    )
        : base(found, decider, settings) => _settings = settings;

    /// <summary>Begins to look; ends when the node has joined.</summary>
    public static void Start(ActorSystem system)
    {
        Address own = Akka.Cluster.Cluster.Get(system).SelfAddress;
        Uri contact = new(
            string.Create(CultureInfo.InvariantCulture, $"{own.Protocol}://{own.Host}:{own.Port}")
        );
        // Its deciders take from it where this node can be asked. It makes routes of it as well, which nothing serves.
        ClusterBootstrap.Get(system).Routes(ManagementRouteProviderSettings.Create(contact, true));
        ILoggingAdapter log = Logging.GetLogger(system, typeof(PeerBootstrap));
        var settings = ClusterBootstrapSettings.Create(system.Settings.Config, log);
        ServiceDiscovery found = Akka
            .Discovery.Discovery.Get(system)
            .LoadServiceDiscovery(settings.ContactPointDiscovery.DiscoveryMethod);
        var decider = new ExactJoinDecider(system, settings, own);
        ((ExtendedActorSystem)system)
            .SystemActorOf(
                Akka.Actor.Props.Create(() => new PeerBootstrap(found, decider, settings)),
                Name
            )
            .Tell(new Protocol.InitiateBootstrapping(contact));
    }

    protected override IActorRef? EnsureProbing(
        string selfContactPointScheme,
        ServiceDiscovery.ResolvedTarget contactPoint
    )
    {
        ArgumentNullException.ThrowIfNull(contactPoint);
        int? port = contactPoint.Port ?? _settings.ContactPoint.FallbackPort;
        string name = string.Create(CultureInfo.InvariantCulture, $"{contactPoint.Host}-{port}");
        IActorRef probe = Context.Child(name);
        if (!probe.IsNobody())
        {
            return probe;
        }
        Address peer = new(
            Akka.Cluster.Cluster.Get(_system).SelfAddress.Protocol,
            ClusterNode.SystemName,
            contactPoint.Host,
            port
        );
        return Context.ActorOf(
            Akka.Actor.Props.Create(() =>
                new ContactProbe(contactPoint, peer, _settings.ContactPoint)
            ),
            name
        );
    }
}

/// <summary>
/// Begins a cluster only if the lowest of the discovered nodes is this very one. Akka's own decider (1.5.73) takes
/// 10.0.0.11 for 10.0.0.1, as one text contains the other: a node that is not in the list yet would begin another cluster.
/// </summary>
internal sealed class ExactJoinDecider(
    ActorSystem system,
    ClusterBootstrapSettings settings,
    Address own
) : LowestAddressJoinDecider(system, settings)
{
    public override async Task<IJoinDecision> Decide(SeedNodesInformation info)
    {
        IJoinDecision decision = await base.Decide(info).ConfigureAwait(false);
        return decision is JoinSelf && !IsOwn(LowestAddressContactPoint(info))
            ? KeepProbing.Instance
            : decision;
    }

    private bool IsOwn(ServiceDiscovery.ResolvedTarget? lowest) =>
        lowest is not null
        && string.Equals(lowest.Host, own.Host, StringComparison.OrdinalIgnoreCase)
        && (lowest.Port ?? Settings.ContactPoint.FallbackPort) == own.Port;
}
