using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Event;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// /user/node: tells <see cref="NodeAgent"/> what happens to this node and carries out what it wants done. The
/// part of that which takes its time is done below it, by one <see cref="FormationActor"/> per formation.
/// </summary>
internal sealed class NodeActor : ReceiveActor, IWithTimers
{
    public const string Name = "node";

    // Wiring
    private readonly NodeContext _node;
    private readonly NodeAgent _agent;
    private readonly TimeProvider _clock = ClusterTime.ClockOf(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();

    // Volatile state
    private readonly NodeCells _cells = new();
    private IActorRef _formation = ActorRefs.Nobody;
    private ImmutableArray<int> _homes = [];
    private long _epoch;
    private bool _isEnding;

    private sealed record Beat
    {
        public static Beat Instance { get; } = new();
    }

    public NodeActor(NodeContext node)
    {
        _node = node;
        _agent = new NodeAgent(node.Seat);
        Receive<Beat>(_ => Step(new NodeEvent.TimePassed(node.Gauge.Read())));
        Receive<CellActor.Presence>(presence =>
        {
            if (_cells.Add(presence, Context) is { } here)
            {
                Step(here);
            }
        });
        Receive<NodeEvent.PlanMade>(OnPlanMade);
        Receive<NodeEvent.CellGone>(gone =>
        {
            _cells.Remove(gone);
            Step(gone);
        });
        Receive<JoinRefused>(refused => Context.System.EventStream.Publish(refused));
        Receive<IWireMessage>(message => Step(new NodeEvent.Received(message)));
        Receive<NodeEvent>(Step);
        Receive<NodeEffect>(Carry);
    }

    public ITimerScheduler Timers { get; set; } = null!; // reason: set by Akka

    protected override void PreStart() =>
        Timers.StartPeriodicTimer(nameof(Beat), Beat.Instance, TimeSpan.Zero, NodeAgent.Interval);

    /// <summary>One of an older formation, which was stopped before it could fail, is not heard.</summary>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(failure =>
        {
            _log.Error(failure, "formation {0} failed on {1}", _epoch, _node.Seat.Name);
            if (Sender.Equals(_formation))
            {
                Step(new NodeEvent.FormationFailed(_epoch, failure.Message));
            }
            return Directive.Stop;
        });

    /// <summary>Where its cells are in other blocks than before, those that are here do not count.</summary>
    private void OnPlanMade(NodeEvent.PlanMade made)
    {
        if (made.Epoch == _epoch)
        {
            foreach (
                NodeEvent.CellGone gone in _cells.Regroup(PlacementBlocks.Of(made.Cells, _homes))
            )
            {
                Step(gone);
            }
        }
        Step(made);
    }

    private void Step(NodeEvent happening)
    {
        if (NodeContext.IsEnding(Context.System) != _isEnding)
        {
            _isEnding = !_isEnding;
            _agent.Step(MonotonicTime.On(_clock), new NodeEvent.NodeEnding(_isEnding));
        }
        foreach (NodeEffect effect in _agent.Step(MonotonicTime.On(_clock), happening))
        {
            Carry(effect);
        }
    }

    private void Carry(NodeEffect effect)
    {
        switch (effect)
        {
            case NodeEffect.ToCoordinator to:
                _node.Coordinator.Tell(to.Message);
                break;
            case NodeEffect.Reply reply:
                Sender.Tell(reply.Message);
                break;
            case NodeEffect.ToNode to:
                NodeContext.NodeAt(Context.System, to.Seat).Tell(to.Message);
                break;
            case NodeEffect.TouchCell touch:
                _node.Shards.Tell(new CellEnvelope(_cells.BlockOf(touch.Cell), touch.Cell));
                break;
            case NodeEffect.DissolveCells dissolve:
                foreach (IActorRef cell in _cells.Actors)
                {
                    cell.Tell(dissolve.Said);
                }
                break;
            case NodeEffect.CheckProcesses check:
                foreach (
                    ClusterSeat dead in check.Seats.Where(seat => seat.Process.IsCertainlyDead)
                )
                {
                    Step(new NodeEvent.ProcessFoundDead(dead));
                }
                break;
            case NodeEffect.DownMember down:
                _log.Warning("{0}: its process is dead", down.Seat.Name);
                Akka.Cluster.Cluster.Get(Context.System).Down(Address.Parse(down.Seat.Address));
                break;
            case NodeEffect.SendInputs send:
                SendInputs(send);
                break;
            case NodeEffect.ReadKept read:
                ReadKept(read.Run);
                break;
            case NodeEffect.Log log:
                _log.Info("{0}", log.Line);
                break;
            case NodeEffect.OfFormation of:
                CarryDown(of);
                break;
        }
    }

    /// <summary>They are in memory as a rule; if they are not, they are read beside this actor.</summary>
    private void SendInputs(NodeEffect.SendInputs send)
    {
        HeldInputs inputs = HeldInputs.Of(Context.System);
        (string file, string sha256) = (send.Of.Run.ScenarioFile, send.Of.InputSha256);
        _ = Task.Run<NodeEffect>(() =>
            {
                byte[] whole = inputs.BytesOf(file, sha256, files: null);
                return new NodeEffect.ToCoordinator(
                    InputParcel.Of(sha256, whole, Math.Clamp(send.Offset, 0, whole.Length))
                );
            })
            .PipeTo(Self, failure: e => new NodeEffect.Log($"{file}: {e.Message}"));
    }

    /// <summary>It is read beside this actor; what cannot be read is not there.</summary>
    private void ReadKept(RunSpec run)
    {
        HeldInputs inputs = HeldInputs.Of(Context.System);
        KeptForm kept = new(_node.Files, run.Directory);
        _ = Task.Run(() =>
            {
                if (kept.Read(run, out byte[] content) is not { } form)
                {
                    return new NodeEvent.KeptRead(run, null);
                }
                inputs.Take(form.Run.ScenarioFile, form.InputSha256, content);
                return new NodeEvent.KeptRead(run, form);
            })
            .PipeTo(Self, failure: _ => new NodeEvent.KeptRead(run, null));
    }

    /// <summary>Out of memory, or of descriptors, there is no thread for it; this actor goes on and says so.</summary>
    private void MakePlan(NodeEffect.MakePlan make)
    {
        _epoch = make.Epoch;
        _homes = make.Form.Homes;
        try
        {
            _formation = Context.ActorOf(
                FormationActor.PropsOf(make.Epoch, _node),
                string.Create(CultureInfo.InvariantCulture, $"formation-{make.Epoch}")
            );
            _formation.Tell(make);
        }
        catch (Exception e) when (e is OutOfMemoryException or IOException)
        {
            _log.Error(e, "formation {0} cannot begin on {1}", _epoch, _node.Seat.Name);
            _formation = ActorRefs.Nobody;
            Self.Tell(new NodeEvent.FormationFailed(_epoch, $"no thread for it: {e.Message}"));
        }
    }

    private void CarryDown(NodeEffect.OfFormation effect)
    {
        switch (effect)
        {
            case NodeEffect.MakePlan make:
                MakePlan(make);
                break;
            case NodeEffect.Populate populate:
                _formation.Tell(new FormationActor.PopulateAt(populate, _cells[populate.Cell]));
                break;
            case NodeEffect.StopFormation:
                Context.Stop(_formation);
                _formation = ActorRefs.Nobody;
                break;
            default:
                _formation.Tell(effect);
                break;
        }
    }
}
