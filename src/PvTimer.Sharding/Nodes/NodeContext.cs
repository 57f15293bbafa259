using Akka.Actor;
using Akka.Cluster;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Nodes;

/// <summary>What a formation finds on its node.</summary>
/// <param name="Seat">The node itself.</param>
/// <param name="Router">Where its frames arrive.</param>
/// <param name="Memory">What it shares with nodes on its machine.</param>
/// <param name="Shards">The way to any cell, wherever it lives.</param>
/// <param name="Coordinator">The way to the coordinator, wherever it lives.</param>
/// <param name="Gauge">What the node's reports read.</param>
/// <param name="Files">Where it keeps what it writes of runs.</param>
internal sealed record NodeContext(
    ClusterSeat Seat,
    FrameRouter Router,
    PeerMemory Memory,
    IActorRef Shards,
    IActorRef Coordinator,
    FormationGauge Gauge,
    IRunFiles Files
)
{
    /// <summary>A run's checkpoints, as far as they are on this node.</summary>
    /// <exception cref="System.IO.IOException">The directory cannot be made.</exception>
    public CheckpointStore StoreOf(RunSpec run) =>
        new(run.Directory, Files, new ScenarioInputs(new HeldInputs()), new KnownManifests());

    /// <summary>
    /// The node was told to end, or the others have declared it dead: sharding stops its cells already, before
    /// the shutdown has begun. From then on what breaks here says nothing about a run.
    /// </summary>
    public static bool IsEnding(ActorSystem system) =>
        CoordinatedShutdown.Get(system).ShutdownReason is not null
        || Akka.Cluster.Cluster.Get(system).SelfMember.Status
            is MemberStatus.Down
                or MemberStatus.Removed;

    /// <summary>The node actor of another node.</summary>
    public static IActorRef NodeAt(ActorSystem system, ClusterSeat seat) =>
        At(system, seat, NodeActor.Name);

    /// <summary>Where another node's frames arrive.</summary>
    public static IActorRef WindowsAt(ActorSystem system, ClusterSeat seat) =>
        At(system, seat, WindowsActor.Name);

    private static IActorRef At(ActorSystem system, ClusterSeat seat, string name) =>
        ((ExtendedActorSystem)system).Provider.ResolveActorRef($"{seat.Address}/user/{name}");
}
