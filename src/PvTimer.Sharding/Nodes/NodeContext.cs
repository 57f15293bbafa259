using System;
using System.Threading;
using Akka.Actor;
using Akka.Cluster;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Nodes;

/// <summary>What a formation finds on its node.</summary>
/// <param name="Seat">The node itself.</param>
/// <param name="Router">Where its frames arrive.</param>
/// <param name="Shards">The way to any cell, wherever it lives.</param>
/// <param name="Coordinator">The way to the coordinator, wherever it lives.</param>
/// <param name="Gauge">What the node's reports read.</param>
internal sealed record NodeContext(
    ClusterSeat Seat,
    FrameRouter Router,
    IActorRef Shards,
    IActorRef Coordinator,
    FormationGauge Gauge
)
{
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

/// <summary>How far a node's formation is: written by its threads, read by the node's reports.</summary>
internal sealed class FormationGauge
{
    private readonly Lock _gate = new();
    private volatile Reading _reading = Reading.None;
    private volatile int _look;

    /// <param name="Epoch">The formation.</param>
    /// <param name="Phase">What it is doing.</param>
    /// <param name="Round">Rounds closed.</param>
    /// <param name="ReachedNanoseconds">How far it has come.</param>
    /// <param name="Events">Handled by the entities that are here.</param>
    /// <param name="FrameBytes">Sent to other nodes.</param>
    /// <param name="Waited">For other nodes' frames.</param>
    public sealed record Reading(
        long Epoch,
        NodePhase Phase,
        long Round,
        long ReachedNanoseconds,
        long Events,
        long FrameBytes,
        TimeSpan Waited
    )
    {
        public static Reading None { get; } = new(0, NodePhase.Idle, 0, 0, 0, 0, TimeSpan.Zero);
    }

    public Reading Now => _reading;

    /// <summary>
    /// Any thread. The threads of an older formation may still run when the next one has begun: what they show
    /// is discarded.
    /// </summary>
    public void Show(Reading reading)
    {
        lock (_gate)
        {
            if (reading.Epoch >= _reading.Epoch)
            {
                _reading = reading;
            }
        }
    }

    /// <summary>The last look that was taken here; of any run, as their numbers only grow.</summary>
    public int Look
    {
        get => _look;
        set => _look = value;
    }

    /// <summary>Asked by reports: the seat of the node whose frame is waited for; null: none.</summary>
    public Func<string?> WaitingFor { get; set; } = () => null;
}
