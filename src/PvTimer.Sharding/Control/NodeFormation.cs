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
    private readonly Form _form;
    private readonly string _node;
    private readonly int _seat;

    // Wiring
    private readonly IReadOnlyDictionary<string, long> _here;
    private readonly List<NodeEffect> _effects;
    private readonly NodeRun _run;
    private readonly NodeStates _states;
    private readonly NodeInputs _inputs;

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
        _form = form;
        _node = node.Name;
        _seat = form.SeatAt(node.Address);
        _frozen = frozen;
        _here = here;
        _effects = effects;
        _run = new NodeRun(form.Epoch, node.Name, effects);
        _states = new NodeStates(form, effects);
        _inputs = new NodeInputs(form, node.Name, effects);
    }

    public Form Form => _form;

    /// <summary>See <see cref="NodeEvent.NodeEnding"/>.</summary>
    public bool IsNodeEnding { get; set; }

    /// <summary>What it has frozen for the next formation; null: nothing.</summary>
    public NodeFrozen? Frozen =>
        _run is { Frozen: { } cells, End: { } end }
            ? new NodeFrozen(end.ReachedNanoseconds, cells)
            : null;

    public void Begin() => _effects.Add(new NodeEffect.MakePlan(_form));

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
            case AskInputs ask:
                _effects.Add(new NodeEffect.ReadInputs(_form.Epoch, ask.Offset));
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
            case NodeEvent.InputsLacking or NodeEvent.InputsRead:
                _inputs.OnEvent(happening);
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
            case NodeEvent.FormationFailed failed:
                Fail(failed.What);
                break;
        }
    }

    /// <summary>A part of what the machine is made from.</summary>
    public void OnInputs(InputParcel parcel)
    {
        if (!_isOver && _inputs.OnParcel(parcel) is { } flaw)
        {
            Fail(flaw);
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
            ReachedNanoseconds = _form.ReachedNanoseconds,
            WaitingFor = _isAssembled ? null : LackingState(),
        };
        if (!_isAssembled || progress.Epoch != _form.Epoch)
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
            _inputs.OnTimePassed();
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
        if (_form.Source == StateSource.Barrier && _frozen is not null)
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
        _cells = [.. names.Where((_, index) => _form.Homes[index] == _seat)];
        if (_form.Source == StateSource.Checkpoint)
        {
            _effects.Add(new NodeEffect.ReadStates(_form.Epoch, _form.Files, _cells));
        }
        TouchMissing();
        AssembleIfComplete();
    }

    private void OnParcel(CellParcel parcel)
    {
        if (_isAssembled)
        {
            return;
        }
        if (_states.Add(parcel) is { } flaw)
        {
            Fail(flaw);
            return;
        }
        AssembleIfComplete();
    }

    private void AssembleIfComplete()
    {
        bool isComplete =
            !_isAssembled
            && !_cells.IsEmpty
            && _cells.All(_here.ContainsKey)
            && (_form.Source == StateSource.Beginning || _cells.All(_states.IsHere));
        if (!isComplete)
        {
            return;
        }
        _isAssembled = true;
        ImmutableArray<ReadOnlyMemory<byte>>? states =
            _form.Source == StateSource.Beginning ? null : _states.Take(_cells);
        _effects.Add(new NodeEffect.StartRegions(_form.Epoch, states));
        _unpopulated.UnionWith(_cells);
        foreach (string cell in _cells)
        {
            Populate(cell);
        }
    }

    private void Populate(string cell) =>
        _effects.Add(new NodeEffect.Populate(_form.Epoch, cell, _here[cell]));

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
                new Formed(_form.Epoch, _node, _regions!.LookaheadNanoseconds, _regions.Link)
            )
        );

    /// <summary>A state that was on its way may be lost with its sender: the first cell without one; null: none is.</summary>
    private string? LackingState() =>
        _form.Source == StateSource.Barrier
            ? _cells.FirstOrDefault(cell => !_states.IsHere(cell))
            : null;

    private void Fail(string what)
    {
        _failure = new FormingFailed(_form.Epoch, _node, what);
        End();
        TellFailure();
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
        _effects.Add(new NodeEffect.StopFormation(_form.Epoch));
    }
}
