using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Coordination;

/// <summary>
/// /user/coordinator, a singleton on the oldest node: one run at a time. It decides where cells live, lets
/// the nodes form, keeps checkpoints, and after any change of the membership has them form again.
/// </summary>
/// <remarks>
/// <code>
///            Submit            all Formed             all Halted(Done)
///   idle ------------> forming -----------> running --------------------> done
///                       ^   ^                | |
///     lost node: last   |   |  all Paused    | | move, join, leave, command
///     checkpoint        +---|----------------+ |
///                           +---- pausing &lt;----+
/// </code>
/// Whatever happens is a new formation: a greater epoch, seats anew, state from the beginning, from the
/// last barrier, or from a checkpoint. What belongs to an older epoch is ignored by everybody. The
/// coordinator's own death is no exception: its successor asks the nodes what they were told last.
/// </remarks>
internal sealed partial class CoordinatorActor : ReceiveActor, IWithTimers
{
    public const string Name = "coordinator";

    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);

    // Wiring
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly PlacementBoard _board = PlacementBoard.Of(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();

    // Volatile state
    private readonly NodeTable _nodes = new();
    private ActiveRun? _run;
    private readonly HashSet<string> _leaving = new(StringComparer.Ordinal);
    private long _epoch;
    private bool _isInformed;
    private bool _isDeposed;

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }

    public CoordinatorActor()
    {
        Receive<NodeReport>(OnReport);
        Receive<ClusterEvent.MemberDowned>(e => OnGone(e.Member));
        Receive<ClusterEvent.MemberRemoved>(e => OnGone(e.Member));
        Receive<ClusterEvent.IMemberEvent>(_ => { });
        Receive<Tick>(_ => OnTick());
        Receive<Recalled>(OnRecalled);
        Receive<Formed>(OnFormed);
        Receive<FormingFailed>(OnFormingFailed);
        Receive<Halted>(OnHalted);
        Receive<CheckpointWritten>(OnCheckpointWritten);
        Receive<CheckpointFailed>(OnCheckpointFailed);
        Receive<LookTaken>(OnLookTaken);
        Receive<Submit>(OnSubmit);
        Receive<AskLook>(OnAskLook);
        Receive<AskRun>(ask => Sender.Tell(StatusOf(ask.Id)));
        Receive<AskCluster>(_ => Sender.Tell(ClusterStatusNow()));
        Receive<ClusterCommand>(OnCommand);
    }

    public ITimerScheduler Timers { get; set; } = null!; // reason: set by Akka

    protected override void PreStart()
    {
        _cluster.Subscribe(
            Self,
            ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
            typeof(ClusterEvent.MemberDowned),
            typeof(ClusterEvent.MemberRemoved)
        );
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TickInterval);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void OnReport(NodeReport report)
    {
        if (!IsAlive(report.Seat.Address))
        {
            // It was declared dead and has not heard of it, or has the name of one that has come since.
            return;
        }
        if (
            _nodes.Find(report.Seat.Name) is { } known
            && known.Seat.Address != report.Seat.Address
            && IsAlive(known.Seat.Address)
        )
        {
            RefuseName(report.Seat, known.Seat);
            return;
        }
        _nodes.Note(report, Context.System);
        _epoch = Math.Max(_epoch, report.Epoch);
        _lookNumber = Math.Max(_lookNumber, report.Look);
    }

    /// <summary>
    /// Two nodes of one name: the second one goes. One that only comes back is told nothing, and is taken as soon as
    /// its former self has been declared dead.
    /// </summary>
    private void RefuseName(ClusterSeat second, ClusterSeat first)
    {
        bool isHeard = !_cluster.State.Unreachable.Any(member =>
            member.Address.ToString() == first.Address
        );
        if (isHeard && _nodes.SilenceOf(first.Name) < RepeatInterval)
        {
            NodeContext
                .NodeAt(Context.System, second)
                .Tell(
                    new JoinRefused(
                        $"there is a {first.Name} at {ClusterDoor.EndpointOf(first.Address)}; accepted: another name"
                    )
                );
        }
    }

    private void OnGone(Member member)
    {
        if (member.UniqueAddress.Equals(_cluster.SelfUniqueAddress))
        {
            // Its own node. What the cluster shows when it is asked may be a moment behind this event.
            _isDeposed = true;
            return;
        }
        if (_nodes.Remove(member.Address.ToString()) is { } name)
        {
            OnNodeLost(name);
        }
    }

    /// <summary>Now and then: is everything as it should be?</summary>
    private void OnTick()
    {
        AttendLooks();
        if (!_isInformed)
        {
            RecallIfAllReported();
            return;
        }
        if (IsUndecided)
        {
            return;
        }
        LetGo();
        if (_run is { IsOver: false } run)
        {
            Attend(run);
        }
    }

    /// <summary>
    /// Some nodes are not heard, and who lives is for the resolver to say: on the smaller side of a partition
    /// that is not this one. Until then no formation begins, as its Form would only wait for the network to
    /// be whole again. A node that was declared dead itself has nothing to say any more.
    /// </summary>
    private bool IsUndecided =>
        IsDeposed || _cluster.State.Unreachable.Any(member => member.Status == MemberStatus.Up);

    /// <summary>Its own node was declared dead: another one has the last word, and nothing is believed here.</summary>
    private bool IsDeposed =>
        _isDeposed || _cluster.SelfMember.Status is MemberStatus.Down or MemberStatus.Removed;

    /// <summary>
    /// A coordinator begins by asking what the nodes were told last: it may be the successor of one that died.
    /// </summary>
    private void RecallIfAllReported()
    {
        ImmutableArray<string> members =
        [
            .. _cluster
                .State.Members.Where(member => member.Status == MemberStatus.Up)
                .Where(member => !_cluster.State.Unreachable.Contains(member))
                .Select(member => member.Address.ToString()),
        ];
        if (members.IsEmpty || !members.All(_nodes.Knows))
        {
            return;
        }
        NodeReport informed = _nodes
            .All.Where(node => members.Contains(node.Seat.Address, StringComparer.Ordinal))
            .MaxBy(node => node.Epoch)!; // reason: every member has reported
        if (informed.Epoch == 0)
        {
            _isInformed = true;
            return;
        }
        _nodes.ActorOf(informed.Seat.Name).Tell(Recall.Instance);
    }

    private bool IsAlive(string address) =>
        _cluster.State.Members.Any(member =>
            member.Status is not (MemberStatus.Down or MemberStatus.Removed)
            && member.Address.ToString() == address
        );

    private IEnumerable<ClusterSeat> EligibleSeats()
    {
        HashSet<string> up =
        [
            .. _cluster
                .State.Members.Where(member => member.Status == MemberStatus.Up)
                .Select(member => member.Address.ToString()),
        ];
        return _nodes
            .All.Where(node => up.Contains(node.Seat.Address))
            .Where(node => _nodes.MayTakeCells(node.Seat.Name))
            .Select(node => node.Seat);
    }
}
