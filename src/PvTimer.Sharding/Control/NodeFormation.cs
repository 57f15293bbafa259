using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>
/// A node's part in one formation: it waits for its cells and their state, has them thawed, and says so. What
/// follows is its <see cref="NodeRun"/>. Nothing of it is used twice.
/// </summary>
/// <remarks>
/// <code>
///   Form -> MakePlan -> PlanMade -> [all cells here, all states here] -> StartRegions, Populate ...
///        -> RegionsStarted, Populated ... -> Formed -> Go -> ... -> Halted
/// </code>
/// </remarks>
internal sealed class NodeFormation
{
    // Configuration
    private readonly string _node;
    private readonly int _seat;

    // Wiring
    private readonly IReadOnlyDictionary<string, long> _here;
    private readonly List<NodeEffect> _effects;
    private readonly NodeRun _run;
    private readonly NodeStates _states;
    private readonly NodeDeliveries _deliveries;

    // Volatile state
    private readonly HashSet<string> _unpopulated = new(StringComparer.Ordinal);
    private NodeFrozen? _frozen;
    private ImmutableArray<string> _cells = [];
    private NodePhase _phase = NodePhase.Idle;
    private bool _isAssembled;
    private NodeEvent.RegionsStarted? _regions;
    private FormingFailed? _failure;
    private bool _isOver;

    /// <param name="form">What the coordinator said.</param>
    /// <param name="node">This node.</param>
    /// <param name="here">Its cells and their incarnations, as they come and go.</param>
    /// <param name="frozen">What this node froze last; null: nothing.</param>
    /// <param name="effects">Where what it wants done goes.</param>
    public NodeFormation(
        Form form,
        ClusterSeat node,
        IReadOnlyDictionary<string, long> here,
        NodeFrozen? frozen,
        List<NodeEffect> effects
    )
    {
        Form = form;
        _node = node.Name;
        _seat = form.SeatAt(node.Address);
        _frozen = frozen;
        _here = here;
        _effects = effects;
        _run = new NodeRun(form.Epoch, node.Name, effects);
        _states = new NodeStates(form, effects);
        _deliveries = new NodeDeliveries(form, node.Name, effects);
    }

    public Form Form { get; }

    /// <summary>See <see cref="NodeEvent.NodeEnding"/>.</summary>
    public bool IsNodeEnding { get; set; }

    /// <summary>All is here that its machine is made from.</summary>
    public bool IsPlanned { get; private set; }

    /// <summary>What it has frozen for the next formation; null: nothing.</summary>
    public NodeFrozen? Frozen =>
        _run is { Frozen: { } cells, End: { } end }
            ? new NodeFrozen(end.ReachedNanoseconds, cells)
            : null;

    public void Begin() => _effects.Add(new NodeEffect.MakePlan(Form));

    /// <summary>Another one takes its place, or the run is over.</summary>
    public void Stop()
    {
        if (!_isOver)
        {
            End();
        }
    }

    /// <summary>A message of this formation's epoch.</summary>
    public void OnMessage(IFormationMessage message)
    {
        if (_isOver)
        {
            if (message is Pause)
            {
                // The coordinator waits for an answer, and has not heard this one.
                TellFailure();
            }
            return;
        }
        switch (message)
        {
            case CellParcel parcel:
                OnParcel(parcel);
                break;
            case Go when _phase == NodePhase.Formed:
                _run.OnGo();
                break;
            case Pause pause:
                _run.OnPause(pause, _isAssembled);
                break;
            case TakeLook take:
                _run.OnTakeLook(take);
                break;
            case TakeCheckpoint when _isAssembled:
                _run.OnTakeCheckpoint();
                break;
            default:
                _deliveries.OnMessage(message);
                break;
        }
    }

    /// <summary>What became of an effect on this formation.</summary>
    public void OnEvent(NodeEvent.OfFormation happening)
    {
        if (_isOver)
        {
            return;
        }
        switch (happening)
        {
            case NodeEvent.PlanMade made:
                OnPlanMade(made.Cells);
                break;
            case NodeEvent.StatesRead read:
                _states.Add(read.States);
                AssembleIfComplete();
                break;
            case NodeEvent.RegionsStarted started:
                _regions = started;
                FormIfPopulated();
                break;
            case NodeEvent.Populated populated:
                OnPopulated(populated);
                break;
            case NodeEvent.RegionsEnded ended:
                _run.OnRegionsEnded(ended, IsNodeEnding);
                break;
            case NodeEvent.RegionsFrozen frozen:
                _run.OnRegionsFrozen(frozen);
                break;
            case NodeEvent.FrozenWritten written:
                _run.OnFrozenWritten(written.Part);
                break;
            default:
                Fail(_deliveries.OnEvent(happening));
                break;
        }
    }

    /// <summary>A part of what the machine is made from.</summary>
    public void OnInputs(InputParcel parcel)
    {
        if (!_isOver)
        {
            Fail(_deliveries.OnInputs(parcel));
        }
    }

    /// <summary>The coordinator says the form again: perhaps the answer was lost with a connection.</summary>
    public void OnSaidAgain()
    {
        if (!_isOver)
        {
            if (Phase == NodePhase.Formed)
            {
                TellFormed();
            }
            _run.RepeatHalted();
        }
        TellFailure();
    }

    /// <summary>Sharding has brought a cell: it is among those that are here already.</summary>
    public void OnCellHere(string cell)
    {
        if (_isOver)
        {
            return;
        }
        if (_unpopulated.Contains(cell))
        {
            Populate(cell);
        }
        else
        {
            AssembleIfComplete();
        }
    }

    /// <summary>
    /// A cell is not here any more. A move that an older formation began can end in this one: the cell that was
    /// here is replaced by another one of that name. Until its actors are alive it is populated anew.
    /// </summary>
    public void OnCellGone(string cell)
    {
        if (_isOver || !_isAssembled)
        {
            return;
        }
        if (_unpopulated.Contains(cell))
        {
            _effects.Add(new NodeEffect.TouchCell(cell));
        }
        else if (
            Phase is NodePhase.Forming or NodePhase.Formed
            && _cells.Contains(cell, StringComparer.Ordinal)
        )
        {
            Fail($"cell {cell} was taken away while it formed");
        }
    }

    /// <summary>The node's word to the coordinator, as far as it is about this formation.</summary>
    public NodeReport Report(NodeReport idle, NodeProgress progress)
    {
        NodePhase phase = Phase;
        if (phase == NodePhase.Idle)
        {
            return idle;
        }
        NodeReport forming = idle with
        {
            Phase = phase,
            ReachedNanoseconds = Form.ReachedNanoseconds,
            WaitingFor = _isAssembled ? null : LackingState(),
        };
        if (!_isAssembled || progress.Epoch != Form.Epoch)
        {
            return forming;
        }
        return forming with
        {
            Round = _run.End?.Round ?? progress.Round,
            ReachedNanoseconds = _run.End?.ReachedNanoseconds ?? progress.ReachedNanoseconds,
            Events = _run.End?.Events ?? progress.Events,
            WaitingFor = progress.WaitingFor,
            WaitedMilliseconds = progress.WaitedMilliseconds,
            FrameBytes = progress.FrameBytes,
        };
    }

    /// <summary>Asks again for what has not come yet.</summary>
    public void OnTimePassed()
    {
        if (!_isOver)
        {
            _deliveries.OnTimePassed();
            TouchMissing();
        }
    }

    /// <summary>Asks sharding for the cells that it has not brought yet.</summary>
    private void TouchMissing()
    {
        bool isForming = _phase == NodePhase.Forming;
        IEnumerable<string> missing = _cells.Where(cell => isForming && !_here.ContainsKey(cell));
        _effects.AddRange(missing.Select(cell => new NodeEffect.TouchCell(cell)));
    }

    private NodePhase Phase => _phase == NodePhase.Formed ? _run.Phase : _phase;

    private void OnPlanMade(ImmutableArray<string> names)
    {
        IsPlanned = true;
        if (Form.Source == StateSource.Barrier && _frozen is not null)
        {
            _states.Deal(_frozen, names, _seat);
        }
        _frozen = null;
        if (_seat < 0)
        {
            // Its cells have gone elsewhere: nothing is left to do here.
            End();
            return;
        }
        _phase = NodePhase.Forming;
        _cells = [.. names.Where((_, index) => Form.Homes[index] == _seat)];
        if (Form.Source == StateSource.Checkpoint)
        {
            _effects.Add(new NodeEffect.ReadStates(Form.Epoch, Form.Files, _cells));
        }
        TouchMissing();
        AssembleIfComplete();
    }

    private void OnParcel(CellParcel parcel)
    {
        if (!_isAssembled)
        {
            Fail(_states.Add(parcel));
            AssembleIfComplete();
        }
    }

    private void AssembleIfComplete()
    {
        bool isComplete =
            !_isOver
            && !_isAssembled
            && !_cells.IsEmpty
            && _cells.All(_here.ContainsKey)
            && (Form.Source == StateSource.Beginning || _cells.All(_states.IsHere));
        if (!isComplete)
        {
            return;
        }
        _isAssembled = true;
        ImmutableArray<ReadOnlyMemory<byte>>? states =
            Form.Source == StateSource.Beginning ? null : _states.Take(_cells);
        _effects.Add(new NodeEffect.StartRegions(Form.Epoch, states));
        _unpopulated.UnionWith(_cells);
        foreach (string cell in _cells)
        {
            Populate(cell);
        }
    }

    private void Populate(string cell) =>
        _effects.Add(new NodeEffect.Populate(Form.Epoch, cell, _here[cell]));

    /// <summary>Actors that live in a cell which has been replaced since do not count.</summary>
    private void OnPopulated(NodeEvent.Populated populated)
    {
        if (
            _here.TryGetValue(populated.Cell, out long incarnation)
            && incarnation == populated.Incarnation
            && _unpopulated.Remove(populated.Cell)
        )
        {
            FormIfPopulated();
        }
    }

    private void FormIfPopulated()
    {
        if (_isAssembled && _regions is not null && _unpopulated.Count == 0)
        {
            _phase = NodePhase.Formed;
            TellFormed();
        }
    }

    private void TellFormed() =>
        _effects.Add(
            new NodeEffect.ToCoordinator(
                new Formed(Form.Epoch, _node, _regions!.LookaheadNanoseconds, _regions.Link)
            )
        );

    /// <summary>A state that was on its way may be lost with its sender: the first cell without one; null: none is.</summary>
    private string? LackingState() =>
        Form.Source == StateSource.Barrier
            ? _cells.FirstOrDefault(cell => !_states.IsHere(cell))
            : null;

    /// <param name="what">On one line; null: nothing has failed.</param>
    private void Fail(string? what)
    {
        if (what is not null)
        {
            _failure = new FormingFailed(Form.Epoch, _node, what);
            End();
            TellFailure();
        }
    }

    /// <summary>The first time it may be lost with a connection: it is told again when this formation is asked for again.</summary>
    private void TellFailure()
    {
        if (_failure is not null && !IsNodeEnding)
        {
            _effects.Add(new NodeEffect.ToCoordinator(_failure));
        }
    }

    private void End()
    {
        _isOver = true;
        _states.Clear();
        _effects.Add(new NodeEffect.StopFormation(Form.Epoch));
    }
}
