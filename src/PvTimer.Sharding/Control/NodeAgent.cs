using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>
/// What a node decides, from its process's beginning to its end: which formation it is in, what it has for it,
/// what it tells the coordinator. Handed what has happened, it returns what is to be done; it does nothing itself.
/// </summary>
/// <remarks>
/// <code>
///   coordinator, peers --Received--> +-----------+ --ToCoordinator, ToNode, Reply--> coordinator, peers
///   sharding --CellHere, CellGone--> | NodeAgent | --TouchCell, DissolveCells------> sharding
///   clock --TimePassed-------------> |           |
///   the formation's machine -------> +-----------+ --MakePlan, StartRegions, ...---> the formation's machine
///            PlanMade, Populated, ...
/// </code>
/// Races. Epochs number formations and only ever grow here: what an older one says is ignored, and what is said of
/// a later one waits until the node hears of it. Incarnations number the cells of one name: what is said of one
/// that has been replaced is ignored.
/// </remarks>
internal sealed class NodeAgent
{
    /// <summary>How often it is told that time has passed.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>How often the coordinator hears that the node is there.</summary>
    public static readonly TimeSpan ReportInterval = 2 * Interval;

    // Configuration
    private readonly ClusterSeat _node;

    // Volatile state
    private readonly List<NodeEffect> _effects = [];
    private readonly Dictionary<string, long> _cells = new(StringComparer.Ordinal);
    private readonly NodeEarlyMessages _early = new();
    private readonly HashSet<(string Address, ProcessMark Process)> _downed = [];
    private NodeFormation? _formation;

    /// <summary>The last checkpoint of a run that is over is here: said again if the coordinator has not heard.</summary>
    private CopyKept? _kept;

    /// <summary>The last one before it of which all was here that its machine is made from; null: there is none.</summary>
    private Form? _planned;

    /// <summary>The last one of a run that is over: its client may not have heard so, and submit it again.</summary>
    private Form? _ended;

    /// <summary>The greatest epoch of any formation here: it is not used again, nor are smaller ones.</summary>
    private long _heard;
    private TimeSpan _reportDue = TimeSpan.MinValue;
    private bool _isEnding;

    /// <param name="node">The node's own seat.</param>
    public NodeAgent(ClusterSeat node) => _node = node;

    /// <summary>Takes what has happened, and returns what is to be done about it, in order.</summary>
    /// <param name="now">Since an instant of no meaning; never goes back.</param>
    /// <param name="happening">What has happened.</param>
    public ImmutableArray<NodeEffect> Step(TimeSpan now, NodeEvent happening)
    {
        switch (happening)
        {
            case NodeEvent.Received received:
                OnReceived(received.Message);
                break;
            case NodeEvent.TimePassed passed:
                OnTimePassed(now, passed.Progress);
                break;
            case NodeEvent.CellHere here:
                OnCellHere(here);
                break;
            case NodeEvent.CellGone gone:
                OnCellGone(gone.Cell, gone.Incarnation);
                break;
            case NodeEvent.OfFormation of when of.Epoch == _formation?.Form.Epoch:
                _formation.OnEvent(of);
                if (of is NodeEvent.ManifestKept { IsLast: true, Manifest: var last })
                {
                    // That the run is over is known here before its client hears of it.
                    _kept = new CopyKept(last.Epoch, last.Round);
                    OnDissolve(new Dissolve(of.Epoch));
                }
                break;
            case NodeEvent.ProcessFoundDead dead:
                OnProcessFoundDead(dead.Seat);
                break;
            case NodeEvent.KeptRead read:
                OnKeptRead(read);
                break;
            case NodeEvent.NodeEnding node:
                _isEnding = node.IsEnding;
                _formation?.IsNodeEnding = node.IsEnding;
                break;
        }
        ImmutableArray<NodeEffect> effects = [.. _effects];
        _effects.Clear();
        return effects;
    }

    private void OnReceived(IWireMessage message)
    {
        switch (message)
        {
            case Form form:
                OnForm(form);
                break;
            case IFormationMessage ofFormation:
                ToFormation(ofFormation);
                break;
            case InputParcel parcel:
                _formation?.OnInputs(parcel);
                break;
            case Dissolve dissolve:
                OnDissolve(dissolve);
                break;
            case RecallRun recall:
                _effects.Add(new NodeEffect.ReadKept(recall.Run));
                break;
            case Recall:
                _effects.Add(new NodeEffect.Reply(Recalled()));
                break;
            default:
                _effects.Add(
                    new NodeEffect.Log($"{message.GetType().Name} is discarded: not for a node")
                );
                break;
        }
    }

    private void OnForm(Form form)
    {
        if (form.Epoch <= _heard)
        {
            if (form.Epoch == _formation?.Form.Epoch)
            {
                _formation.OnSaidAgain();
            }
            return;
        }
        NodeFrozen? frozen = _formation?.Frozen;
        _planned = Planned;
        Stop();
        _heard = form.Epoch;
        _downed.RemoveWhere(dead => !form.Seats.Any(seat => KeyOf(seat) == dead));
        _formation = new NodeFormation(form, _node, _cells, frozen, _effects)
        {
            IsNodeEnding = _isEnding,
        };
        _effects.Add(new NodeEffect.Log($"formation {form.Epoch}: {form.Source} of {form.Run.Id}"));
        _formation.Begin();
        foreach (IFormationMessage message in _early.Take(form.Epoch))
        {
            _formation.OnMessage(message);
        }
    }

    private void ToFormation(IFormationMessage message)
    {
        long epoch = message.Epoch;
        if (epoch == _formation?.Form.Epoch)
        {
            _formation.OnMessage(message);
        }
        else if (OfEarlier(message) is { } effect)
        {
            _effects.Add(effect);
        }
        else if (epoch > _heard && !_early.TryAdd(message) && _early.Discarded == 1)
        {
            _effects.Add(
                new NodeEffect.Log(
                    $"a message of formation {epoch} is discarded: {_early.Count} wait already for one that this node has not heard of"
                )
            );
        }
    }

    /// <summary>
    /// What is done about a message of a run that is over, or of the formation that a successor goes on from; null: nothing.
    /// </summary>
    private NodeEffect? OfEarlier(IFormationMessage message) =>
        message switch
        {
            KeepCopy when message.Epoch == _kept?.Epoch => new NodeEffect.ToCoordinator(_kept),
            AskInputs ask when ask.Epoch == _ended?.Epoch => new NodeEffect.SendInputs(
                _ended,
                ask.Offset
            ),
            AskInputs ask when ask.Epoch == _planned?.Epoch => new NodeEffect.SendInputs(
                _planned,
                ask.Offset
            ),
            _ => null,
        };

    private void OnDissolve(Dissolve dissolve)
    {
        if (dissolve.Epoch < (_formation?.Form.Epoch ?? 0))
        {
            return;
        }
        // It may be said twice, and before the form that it is about is heard.
        _heard = Math.Max(_heard, dissolve.Epoch);
        _ended = Planned ?? _ended;
        Stop();
        _planned = null;
        _effects.Add(new NodeEffect.DissolveCells(dissolve));
        // They go: the next formation must not take them for its own.
        _cells.Clear();
    }

    /// <summary>
    /// What a successor of the coordinator goes on from. A formation whose scenario has not come yet may have none any more:
    /// it went with the coordinator, before anything of it was acknowledged.
    /// </summary>
    private Recalled Recalled()
    {
        Form? form = _formation?.Form;
        bool isOfRun = form is not null && Planned?.Run.IsSameRun(form.Run) == true;
        return new Recalled(
            _node.Name,
            _heard,
            form,
            form is null ? _ended
                : isOfRun ? Planned
                : null
        );
    }

    /// <summary>What it knows by itself is later than what is on its disk, if that could not be written.</summary>
    private void OnKeptRead(NodeEvent.KeptRead read)
    {
        Form? known = _ended?.Run.IsSameRun(read.Run) == true ? _ended : null;
        Form? latest = known?.Epoch >= (read.Kept?.Epoch ?? 0) ? known : read.Kept;
        _ended = latest ?? _ended;
        _effects.Add(
            new NodeEffect.ToCoordinator(new RunRecalled(_node.Name, read.Run.Id, latest))
        );
    }

    private Form? Planned => _formation is { IsPlanned: true } ? _formation.Form : _planned;

    private void Stop()
    {
        _formation?.Stop();
        _formation = null;
    }

    private void OnCellHere(NodeEvent.CellHere here)
    {
        if (_cells.TryGetValue(here.Cell, out long before))
        {
            // That its predecessor has gone may be heard later.
            OnCellGone(here.Cell, before);
        }
        _cells[here.Cell] = here.Incarnation;
        _formation?.OnCellHere(here.Cell);
    }

    private void OnCellGone(string cell, long incarnation)
    {
        if (_cells.TryGetValue(cell, out long here) && here == incarnation)
        {
            _cells.Remove(cell);
            _formation?.OnCellGone(cell);
        }
    }

    private void OnTimePassed(TimeSpan now, NodeProgress progress)
    {
        _formation?.OnTimePassed();
        // Half an interval early is in time: the timer that says so is not exact.
        if (now + (Interval / 2) < _reportDue)
        {
            return;
        }
        _reportDue = now + ReportInterval;
        _effects.Add(new NodeEffect.ToCoordinator(Report(progress)));
        if (_formation is not null)
        {
            _effects.Add(new NodeEffect.CheckProcesses(_formation.Form.Seats));
        }
    }

    private NodeReport Report(NodeProgress progress)
    {
        NodeReport idle = new(
            _node,
            NodePhase.Idle,
            _heard,
            Planned?.Epoch ?? 0,
            Round: 0,
            ReachedNanoseconds: 0,
            Events: 0,
            WaitingFor: null,
            WaitedMilliseconds: 0,
            progress.Look,
            FrameBytes: 0,
            _cells.Count,
            progress.MemoryBytes
        );
        return _formation?.Report(idle, progress) ?? idle;
    }

    /// <summary>
    /// The failure detector needs a second or more to suspect a process that was killed; one on the same
    /// machine can be seen to be dead.
    /// </summary>
    private void OnProcessFoundDead(ClusterSeat seat)
    {
        bool isOfFormation = _formation?.Form.Seats.Any(own => KeyOf(own) == KeyOf(seat)) == true;
        if (isOfFormation && _downed.Add(KeyOf(seat)))
        {
            _effects.Add(new NodeEffect.DownMember(seat));
        }
    }

    /// <summary>Another process may have come to the address of a dead one since.</summary>
    private static (string Address, ProcessMark Process) KeyOf(ClusterSeat seat) =>
        (seat.Address, seat.Process);
}
