using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Akka.Actor;
using PvTimer.Actors;
using PvTimer.Actors.Entities;
using PvTimer.Actors.Windows;
using PvTimer.Engine;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// This node's part in one formation: waits for its cells and their state, thaws them, runs its regions
/// until they halt, and freezes them again. Ends with the formation; nothing of it is used twice.
/// </summary>
/// <remarks>
/// <code>
///   Form -> [cells here, states here] -> thaw -> Formed -> Go -> rounds -> freeze -> Halted
///                                                            \-- at a barrier: freeze -> file
/// </code>
/// It runs on a thread of its own: building and thawing a large machine takes its time. Whatever it throws
/// ends it, and the coordinator hears of it from the node.
/// </remarks>
internal sealed partial class FormationActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan TouchInterval = TimeSpan.FromMilliseconds(100);

    // Configuration
    private readonly Form _form;
    private readonly NodeContext _node;
    private readonly int _seat;
    private readonly FrozenCells? _frozen;

    // Volatile state: what it waits for
    private readonly Dictionary<string, IActorRef> _here;
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _states = new(StringComparer.Ordinal);
    private readonly ParcelBox _parcels = new();
    private FormationPlan _plan = null!; // reason: the first thing that is made
    private ImmutableArray<PlacementCell> _cells = [];
    private IActorRef[] _actors = [];
    private readonly HashSet<string> _unpopulated = new(StringComparer.Ordinal);

    private sealed record Begin
    {
        public static Begin Instance { get; } = new();
    }

    /// <summary>Look again whether sharding has brought the cells.</summary>
    private sealed record Touch
    {
        public static Touch Instance { get; } = new();
    }

    /// <param name="form">What the coordinator said.</param>
    /// <param name="node">What this node has.</param>
    /// <param name="here">The cells that are here already.</param>
    /// <param name="frozen">What this node froze last; null: nothing.</param>
    public FormationActor(
        Form form,
        NodeContext node,
        IReadOnlyDictionary<string, IActorRef> here,
        FrozenCells? frozen
    )
    {
        _form = form;
        _node = node;
        _frozen = frozen;
        _here = new Dictionary<string, IActorRef>(here, StringComparer.Ordinal);
        _seat = form.Seats.ToList().FindIndex(seat => seat.Address == node.Seat.Address);
        Receive<Begin>(_ => OnBegin());
        Receive<CellActor.Presence>(OnPresence);
        Receive<CellParcel>(OnParcel);
        Receive<Touch>(_ => TouchCells());
        Receive<HostActor.EntitiesStarted>(OnEntitiesStarted);
        Receive<Status.Failure>(failure => throw failure.Cause);
        Receive<Form>(_ => OnAskedAgain());
        Running();
    }

    public ITimerScheduler Timers { get; set; } = null!; // reason: set by Akka

    protected override void PreStart() => Self.Tell(Begin.Instance);

    private bool IsAssembled => _actors.Length > 0;

    private void OnBegin()
    {
        _plan = FormationPlan.Of(_form);
        if (_form.Source == StateSource.Barrier && _frozen is not null)
        {
            Deal(_frozen);
        }
        if (_seat < 0)
        {
            // Its cells have gone elsewhere: nothing is left to do here.
            Context.Stop(Self);
            return;
        }
        Gauge(NodePhase.Forming);
        _cells = [.. _plan.Cells.Where((_, index) => _form.Homes[index] == _seat)];
        if (_form.Source == StateSource.Checkpoint)
        {
            ReadCheckpoint();
        }
        TouchCells();
        TellLack();
        Timers.StartPeriodicTimer(nameof(Touch), Touch.Instance, TouchInterval);
        AssembleIfComplete();
    }

    /// <summary>What was frozen here stays, or goes to the node that has the cell now.</summary>
    private void Deal(FrozenCells frozen)
    {
        for (int index = 0; index < _form.Homes.Length; index++)
        {
            string cell = _plan.Cells[index].Name;
            if (!frozen.Cells.TryGetValue(cell, out byte[]? state))
            {
                continue;
            }
            if (_form.Homes[index] == _seat)
            {
                _states[cell] = state;
            }
            else
            {
                SendParcels(cell, state, _form.Seats[_form.Homes[index]]);
            }
        }
    }

    private void SendParcels(string cell, byte[] state, ClusterSeat to)
    {
        IActorRef node = NodeContext.NodeAt(Context.System, to);
        for (int offset = 0; offset < state.Length; offset += CellParcel.MaxContentBytes)
        {
            int length = Math.Min(state.Length - offset, CellParcel.MaxContentBytes);
            ReadOnlyMemory<byte> part = state.AsMemory(offset, length);
            node.Tell(new CellParcel(_form.Epoch, cell, state.Length, offset, part));
        }
    }

    private void ReadCheckpoint()
    {
        var store = new CheckpointStore(_form.Run.Directory);
        HashSet<string> own = [.. _cells.Select(cell => cell.Name)];
        foreach ((string cell, ReadOnlyMemory<byte> state) in store.ReadCells(_form.Files))
        {
            if (own.Contains(cell))
            {
                _states[cell] = state;
            }
        }
    }

    private void OnParcel(CellParcel parcel)
    {
        if (_parcels.Add(parcel) is { } state)
        {
            _states[parcel.Cell] = state;
            TellLack();
            AssembleIfComplete();
        }
    }

    private void OnPresence(CellActor.Presence presence)
    {
        if (presence.IsHere)
        {
            bool isReplaced = _unpopulated.Contains(presence.Cell);
            _here[presence.Cell] = presence.Actor;
            if (isReplaced)
            {
                Populate(_cells.First(cell => cell.Name == presence.Cell));
            }
            else
            {
                AssembleIfComplete();
            }
        }
        else if (_here.GetValueOrDefault(presence.Cell)?.Equals(presence.Actor) == true)
        {
            _here.Remove(presence.Cell);
            LeaveNoGap(presence.Cell);
        }
    }

    /// <summary>
    /// A move that an older formation began can end in this one: the cell that was here is replaced by another
    /// one of that name. Until its actors are alive it is populated anew.
    /// </summary>
    private void LeaveNoGap(string cell)
    {
        if (_unpopulated.Contains(cell))
        {
            _node.Shards.Tell(new CellEnvelope(cell));
        }
        else if (
            IsAssembled
            && _node.Gauge.Now.Phase is NodePhase.Formed or NodePhase.Forming
            && _cells.Any(own => own.Name == cell)
        )
        {
            throw new InvalidOperationException($"cell {cell} was taken away while it formed");
        }
    }

    /// <summary>A state that was on its way may be lost with its sender; the coordinator is told what is missing.</summary>
    private void TellLack()
    {
        string? lacking =
            _form.Source == StateSource.Barrier
                ? _cells.FirstOrDefault(cell => !_states.ContainsKey(cell.Name))?.Name
                : null;
        _node.Gauge.WaitingFor = () => lacking;
    }

    private void OnAskedAgain()
    {
        TellFormed();
        RepeatHalted();
    }

    private void TouchCells()
    {
        foreach (PlacementCell cell in _cells)
        {
            if (!_here.ContainsKey(cell.Name))
            {
                _node.Shards.Tell(new CellEnvelope(cell.Name));
            }
        }
    }

    private void AssembleIfComplete()
    {
        bool isComplete =
            !IsAssembled
            && !_cells.IsEmpty
            && _cells.All(cell => _here.ContainsKey(cell.Name))
            && (
                _form.Source == StateSource.Beginning
                || _cells.All(cell => _states.ContainsKey(cell.Name))
            );
        if (!isComplete)
        {
            return;
        }
        Timers.Cancel(nameof(Touch));
        _actors = new IActorRef[_plan.Machine.Entities.Length];
        Array.Fill(_actors, ActorRefs.Nobody);
        StartRegions();
        foreach (PlacementCell cell in _cells)
        {
            _unpopulated.Add(cell.Name);
        }
        foreach (PlacementCell cell in _cells)
        {
            Populate(cell);
        }
    }

    private void Populate(PlacementCell cell)
    {
        ImmutableArray<IEntity> entities =
        [
            .. cell.Entities.Select(id => _plan.Machine.Entities[id.Index]),
        ];
        HostActor.StartEntities start = new(
            cell.HostName,
            entities,
            _regions!.DispatcherOf,
            EntityProps.Of
        );
        _here[cell.Name].Tell(new CellActor.Populate(_form.Epoch, start));
    }

    private void StartRegions()
    {
        ImmutableArray<FramePeer> peers =
        [
            .. _form.Seats.Select(
                (seat, index) =>
                {
                    IActorRef windows = NodeContext.WindowsAt(Context.System, seat);
                    return new FramePeer(
                        seat.Name,
                        _plan.FirstRegions[index],
                        seat.Regions,
                        frame => windows.Tell(frame, ActorRefs.NoSender)
                    );
                }
            ),
        ];
        _carrier = new FrameCarrier(_form.Epoch, peers, _seat);
        VirtualDuration? perSecond = _form.NanosecondsPerSecond is { } pace
            ? VirtualDuration.FromNanoseconds(pace)
            : null;
        // All wait for the first region of the first node, so it is enough that it waits.
        _pace =
            perSecond is { } limit && _seat == 0
                ? new RunPace(VirtualTime.FromNanoseconds(_form.ReachedNanoseconds), limit)
                : null;
        var batches = new Batches(
            _plan.Partition.Regions,
            _node.Seat.Regions,
            peers.Length > 1 ? _carrier : null
        );
        _checkpoints = new CheckpointWriter(_form, _node, _plan, _cells);
        _regions = new LocalRegions(
            Context.System,
            new RegionSetup(
                string.Create(CultureInfo.InvariantCulture, $"pvtimer.formation-{_form.Epoch}"),
                Context,
                _plan.Machine,
                _plan.Partition,
                _plan.FirstRegions[_seat],
                _node.Seat.Regions,
                batches.LinkOf,
                Leave: () =>
                {
                    _pace?.Release();
                    batches.Break();
                    _carrier.Abort();
                }
            )
            {
                AtBarrier = AtBarrier,
                ActorsAreLent = true,
                From = Resumption(),
                HoldAt = _form.HoldAtNanoseconds is { } hold
                    ? VirtualTime.FromNanoseconds(hold)
                    : null,
                LongestWindow = perSecond is { } paced ? RunPace.WindowAt(paced) : null,
            }
        );
        _node.Router.Attach(_carrier);
        _node.Gauge.WaitingFor = () => _carrier.WaitingFor;
    }

    private Resumption? Resumption() =>
        _form.Source == StateSource.Beginning ? null : new Resumption([.. _states.Values]);

    private void OnEntitiesStarted(HostActor.EntitiesStarted started)
    {
        EntityId first = started.Entities[0].Id;
        string cell = _cells.First(own => own.Entities.Contains(first)).Name;
        IActorRef home = ((IInternalActorRef)Sender).Parent;
        if (!home.Equals(_here.GetValueOrDefault(cell)))
        {
            // They lived in a cell that has been replaced since.
            return;
        }
        foreach ((IEntity entity, IActorRef actor) in started.Entities.Zip(started.Actors))
        {
            _actors[entity.Id.Index] = actor;
        }
        if (_unpopulated.Remove(cell) && _unpopulated.Count == 0)
        {
            _states.Clear();
            Gauge(NodePhase.Formed);
            TellFormed();
        }
    }

    private void TellFormed()
    {
        if (_node.Gauge.Now.Phase == NodePhase.Formed)
        {
            Lookahead lookahead = _regions!.Lookahead;
            _node.Coordinator.Tell(
                new Formed(
                    _form.Epoch,
                    _node.Seat.Name,
                    lookahead.Span.Nanoseconds,
                    lookahead.Link is { } link
                        ? $"{_plan.CellOf(link.From)} - {_plan.CellOf(link.To)}"
                        : null
                )
            );
        }
    }

    private void Gauge(NodePhase phase) => Show(phase, _form.ReachedNanoseconds);
}
