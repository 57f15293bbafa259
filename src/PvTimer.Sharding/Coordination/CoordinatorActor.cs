using System;
using System.Collections.Immutable;
using System.Linq;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Coordination;

/// <summary>
/// /user/coordinator, a singleton on the oldest node: hands what happens to <see cref="RunCoordinator"/>, and does
/// what that wants done. It decides nothing.
/// </summary>
internal sealed class CoordinatorActor : ReceiveActor, IWithTimers
{
    public const string Name = "coordinator";

    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);

    // Wiring
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly PlacementBoard _board = PlacementBoard.Of(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly TimeProvider _clock = ClusterTime.ClockOf(Context.System);
    private readonly IActorRef _disk;

    // Volatile state
    private readonly RunCoordinator _coordinator = new();
    private readonly Askers<IActorRef> _askers = new();
    private ClusterEvent.CurrentClusterState? _seen;

    /// <param name="files">Where its node keeps what it writes of runs.</param>
    public CoordinatorActor(IRunFiles files)
    {
        _disk = Context.ActorOf(
            Props.Create(() => new DiskActor(files)).WithDispatcher(DiskActor.Dispatcher),
            DiskActor.Name
        );
        Receive<ClusterEvent.MemberDowned>(e => OnGone(e.Member));
        Receive<ClusterEvent.MemberRemoved>(e => OnGone(e.Member));
        Receive<CoordinatorEvent>(Step);
        Receive<IWireMessage>(message =>
        {
            long asker = _askers.Add(Sender);
            Step(new CoordinatorEvent.Heard(message, asker));
            if (
                message
                is not (
                    Clients.ClusterCommand
                    or Clients.CheckCommand
                    or Looks.AskLook
                    or AskPart { Node: null }
                    or AskInputs { Node: "" }
                )
            )
            {
                // Answered at once, or not at all.
                _askers.Take(asker);
            }
        });
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
        Timers.StartPeriodicTimer(
            nameof(TickInterval),
            CoordinatorEvent.TimePassed.Instance,
            TickInterval
        );
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void OnGone(Member member) =>
        Step(
            new CoordinatorEvent.MemberGone(
                member.Address.ToString(),
                member.UniqueAddress.Equals(_cluster.SelfUniqueAddress)
            )
        );

    private void Step(CoordinatorEvent happening)
    {
        ClusterEvent.CurrentClusterState state = _cluster.State;
        if (!ReferenceEquals(state, _seen))
        {
            _seen = state;
            Carry(Take(new CoordinatorEvent.ClusterChanged(ViewOf(state))));
        }
        Carry(Take(happening));
    }

    private ImmutableArray<CoordinatorEffect> Take(CoordinatorEvent happening) =>
        _coordinator.Step(new Moment(MonotonicTime.On(_clock), _clock.GetUtcNow()), happening);

    private ClusterView ViewOf(ClusterEvent.CurrentClusterState state)
    {
        Member[] members = [.. state.Members];
        Array.Sort(members, static (left, right) => left.IsOlderThan(right) ? -1 : 1);
        return new ClusterView(
            [
                .. members.Select(member => new ClusterMember(
                    member.Address.ToString(),
                    member.Status.ToString(),
                    !state.Unreachable.Contains(member)
                )),
            ],
            state.Leader?.ToString(),
            _cluster.SelfMember.Status is MemberStatus.Down or MemberStatus.Removed
        )
        {
            Self = _cluster.SelfAddress.ToString(),
        };
    }

    private void Carry(ImmutableArray<CoordinatorEffect> effects)
    {
        foreach (CoordinatorEffect effect in effects)
        {
            Carry(effect);
        }
    }

    private void Carry(CoordinatorEffect effect)
    {
        switch (effect)
        {
            case CoordinatorEffect.TellNode tell:
                NodeContext.NodeAt(Context.System, tell.Node).Tell(tell.Message);
                break;
            case CoordinatorEffect.Answer answer:
                _askers.Take(answer.Asker)?.Tell(answer.Message);
                break;
            case CoordinatorEffect.AskDisk ask:
                _disk.Tell(ask);
                break;
            case CoordinatorEffect.PlaceCells place:
                _board.Want(place.Cells, place.Homes);
                break;
            case CoordinatorEffect.SettleCells:
                _board.Settle();
                break;
            case CoordinatorEffect.DeclareDead dead:
                _cluster.Down(Address.Parse(dead.Address));
                break;
            case CoordinatorEffect.LetLeave leave:
                _cluster.Leave(Address.Parse(leave.Address));
                break;
            case CoordinatorEffect.Log log:
                _log.Info("{0}", log.Line);
                break;
            default:
                throw new InvalidOperationException($"no way to do {effect}");
        }
    }
}
