using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using PvTimer.Actors;
using PvTimer.Actors.Entities;
using PvTimer.Actors.Windows;
using PvTimer.Engine;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Faults;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// What a formation is made of on this node: the plan, the regions and the way to the peers, the looks and the
/// checkpoints. It decides nothing; <see cref="NodeAgent"/> says what is done when.
/// </summary>
internal sealed class LocalFormation
{
    // Configuration
    private readonly Form _form;
    private readonly NodeContext _node;
    private readonly int _seat;
    private readonly FormationPlan _plan;
    private readonly FormationLooks _looks;
    private readonly CheckpointWriter _checkpoints;
    private readonly ImmutableArray<PlacementCell> _cells;

    // Volatile state
    private readonly IActorRef[] _actors;
    private LocalRegions? _regions;
    private FrameCarrier? _carrier;
    private RunPace? _pace;
    private Dictionary<string, byte[]> _frozen = [];

    /// <summary>Reads the scenario and builds the machine.</summary>
    /// <inheritdoc cref="FormationPlan.Of"/>
    public LocalFormation(Form form, NodeContext node, HeldFiles? held)
    {
        _form = form;
        _node = node;
        _plan = FormationPlan.Of(form, held);
        _seat = form.SeatAt(node.Seat.Address);
        _cells = [.. _plan.Cells.Where((_, index) => form.Homes[index] == _seat)];
        _looks = new FormationLooks(form, node, _plan.Machine);
        _checkpoints = new CheckpointWriter(form, node, _plan, _cells);
        _actors = new IActorRef[_plan.Machine.Entities.Length];
        Array.Fill(_actors, ActorRefs.Nobody);
    }

    /// <summary>All cells of the machine, in order.</summary>
    public ImmutableArray<string> CellNames => [.. _plan.Cells.Select(cell => cell.Name)];

    public FormationLooks Looks => _looks;

    public LocalRegions? Regions => _regions;

    /// <exception cref="CheckpointDamagedException">What the form says is no checkpoint.</exception>
    public NodeEvent.OfFormation ReadStates(NodeEffect.ReadStates read)
    {
        Dictionary<string, ReadOnlyMemory<byte>> all = _node
            .StoreOf(_form.Run)
            .ReadCells(read.Files, out ImmutableArray<CheckpointPart> lacking);
        if (!lacking.IsEmpty)
        {
            return new NodeEvent.PartsLacking(read.Epoch, lacking, read);
        }
        HashSet<string> own = [.. read.Cells];
        return new NodeEvent.StatesRead(
            read.Epoch,
            all.Where(state => own.Contains(state.Key)).ToDictionary(StringComparer.Ordinal)
        );
    }

    /// <summary>Thaws the states and starts the regions' threads, which wait for the cells' actors.</summary>
    /// <param name="context">Under whose actor the regions' actors live.</param>
    /// <param name="states">What was frozen; null: the machine begins.</param>
    public NodeEvent.RegionsStarted Start(
        IActorContext context,
        ImmutableArray<ReadOnlyMemory<byte>>? states
    )
    {
        ImmutableArray<FramePeer> peers = [.. _form.Seats.Select(PeerAt)];
        _carrier = new FrameCarrier(_form.Epoch, peers, _seat)
        {
            Parties = _form
                .Seats.Where(seat => seat.Process.World == _node.Seat.Process.World)
                .Sum(seat => seat.Regions),
        };
        // All wait for the first region of the first node, so it is enough that it waits.
        _pace =
            PerSecond is { } limit && _seat == 0
                ? new RunPace(VirtualTime.FromNanoseconds(_form.ReachedNanoseconds), limit)
                : null;
        _regions = new LocalRegions(context.System, SetupOf(context, _carrier, states));
        _node.Gauge.Show(
            new FormationGauge.Reading(
                _form.Epoch,
                0,
                _form.ReachedNanoseconds,
                0,
                0,
                TimeSpan.Zero,
                _carrier
            )
        );
        _node.Router.Attach(_carrier);
        ShareMemory(context.System);
        Lookahead lookahead = _regions.Lookahead;
        return new NodeEvent.RegionsStarted(
            _form.Epoch,
            lookahead.Span.Nanoseconds,
            lookahead.Link is { } link
                ? $"{_plan.CellOf(link.From)} - {_plan.CellOf(link.To)}"
                : null
        );

        FramePeer PeerAt(ClusterSeat seat, int index)
        {
            IActorRef windows = NodeContext.WindowsAt(context.System, seat);
            Address address = Address.Parse(seat.Address);
            NetworkCut cut = NetworkCut.Of(context.System);
            SharedMemoryLink? memory = null;
            return new FramePeer(
                seat.Name,
                _plan.FirstRegions[index],
                seat.Regions,
                frame => windows.Tell(frame, ActorRefs.NoSender)
            )
            {
                // Once it is there it stays.
                Memory = () => memory ??= _node.Memory.With(seat),
                IsCut = () => cut.Separates(address),
            };
        }
    }

    /// <summary>With those that are on this machine, if it is not shared yet.</summary>
    private void ShareMemory(ActorSystem system)
    {
        foreach (ClusterSeat seat in _form.Seats.Where((_, index) => index != _seat))
        {
            if (_node.Memory.OfferTo(seat) is { } offer)
            {
                NodeContext.WindowsAt(system, seat).Tell(offer, ActorRefs.NoSender);
            }
        }
    }

    /// <summary>What a cell's actor is to start.</summary>
    public CellActor.Populate PopulationOf(string name)
    {
        PlacementCell cell = _cells.First(own => own.Name == name);
        ImmutableArray<IEntity> entities =
        [
            .. cell.Entities.Select(id => _plan.Machine.Entities[id.Index]),
        ];
        return new CellActor.Populate(
            _form.Epoch,
            new HostActor.StartEntities(
                cell.HostName,
                entities,
                _regions!.DispatcherOf,
                EntityProps.Of
            )
        );
    }

    /// <summary>The cell of an entity that is here.</summary>
    public string CellOf(EntityId entity) =>
        _cells.First(own => own.Entities.Contains(entity)).Name;

    /// <summary>They are alive: events of the entities go to these actors.</summary>
    public void Connect(HostActor.EntitiesStarted started)
    {
        foreach ((IEntity entity, IActorRef actor) in started.Entities.Zip(started.Actors))
        {
            _actors[entity.Id.Index] = actor;
        }
    }

    /// <summary>Runs until all regions here end; once.</summary>
    /// <returns>What <see cref="LocalRegions.Run"/> does.</returns>
    public async Task<Exception?> Run()
    {
        FrameCarrier carrier = _carrier!; // reason: the regions were started with it
        _node.Gauge.Begin(carrier);
        try
        {
            return await _regions!.Run(_actors).ConfigureAwait(false);
        }
        finally
        {
            _node.Gauge.End(carrier);
        }
    }

    /// <summary>They halt at the next barrier.</summary>
    public void Pause()
    {
        _pace?.Release();
        foreach (Region region in _regions?.Regions ?? [])
        {
            region.RequestPause();
        }
    }

    /// <summary>What the regions have come to.</summary>
    public NodeEvent.RegionsEnded EndOf(Exception? crash)
    {
        Region first = _regions!.Regions[0];
        VirtualTime next = _regions.Kernels.Min(kernel => kernel.NextTime);
        Region? broken = crash is null ? _regions.EarliestFailure() : null;
        return new NodeEvent.RegionsEnded(
            _form.Epoch,
            crash is PeerGoneException ? NodeRunEnd.PeerLost
                : crash is not null ? NodeRunEnd.Crashed
                : broken is not null ? NodeRunEnd.Broke
                : first.Paused ? NodeRunEnd.Paused
                : first.Reached == _plan.Machine.End ? NodeRunEnd.Done
                : NodeRunEnd.BrokeElsewhere,
            crash?.Message ?? broken?.Failure?.Message,
            broken is null ? null : KeyOf(_regions.KernelOf(broken).CurrentKey),
            first.Round,
            first.Reached.Nanoseconds,
            _regions.Kernels.Sum(kernel => kernel.Handled),
            next < VirtualTime.MaxValue ? next.Nanoseconds : null,
            _looks.Taken
        );
    }

    /// <summary>The state of each cell here; the regions have halted at a barrier.</summary>
    public Dictionary<string, byte[]> Freeze() =>
        _frozen = new Dictionary<string, byte[]>(
            _regions!.Regions.SelectMany(region =>
                _plan.Freeze(region, _regions.KernelOf(region).Region, _cells)
            ),
            StringComparer.Ordinal
        );

    /// <summary>What was frozen, as this node's part of a checkpoint.</summary>
    /// <exception cref="System.IO.IOException">It cannot be written.</exception>
    public CheckpointPart WriteFrozen(long round) =>
        _node.StoreOf(_form.Run).WritePart(_form.Epoch, round, _node.Seat.Name, _frozen);

    private VirtualDuration? PerSecond =>
        _form.NanosecondsPerSecond is { } pace ? VirtualDuration.FromNanoseconds(pace) : null;

    private RegionSetup SetupOf(
        IActorContext context,
        FrameCarrier carrier,
        ImmutableArray<ReadOnlyMemory<byte>>? states
    )
    {
        var batches = new Batches(
            _plan.Partition.Regions,
            _node.Seat.Regions,
            _form.Seats.Length > 1 ? carrier : null
        );
        return new RegionSetup(
            string.Create(CultureInfo.InvariantCulture, $"pvtimer.formation-{_form.Epoch}"),
            context,
            _plan.Machine,
            _plan.Partition,
            _plan.FirstRegions[_seat],
            _node.Seat.Regions,
            batches.LinkOf,
            Leave: () =>
            {
                _pace?.Release();
                batches.Break();
                carrier.Abort();
            }
        )
        {
            AtBarrier = AtBarrier,
            ActorsAreLent = true,
            From = states is { } thawed ? new Resumption(thawed) : null,
            HoldAt = _form.HoldAtNanoseconds is { } hold ? VirtualTime.FromNanoseconds(hold) : null,
            LongestWindow = PerSecond is { } paced ? RunPace.WindowAt(paced) : null,
        };
    }

    /// <summary>On a region's thread, between two rounds.</summary>
    private void AtBarrier(Region region)
    {
        LocalRegions regions = _regions!; // reason: no region runs before all of them are there
        if (region.CheckpointDue)
        {
            _checkpoints.Take(region, regions.KernelOf(region).Region);
        }
        _looks.AtBarrier(region, regions);
        if (region == regions.Regions[0])
        {
            _node.Gauge.Show(
                new FormationGauge.Reading(
                    _form.Epoch,
                    region.Round,
                    region.Reached.Nanoseconds,
                    regions.Kernels.Sum(kernel => kernel.Handled),
                    _carrier!.BytesSent,
                    _carrier.Waited,
                    _carrier
                )
            );
            _pace?.Await(region.Reached);
        }
    }

    private static BrokenAt KeyOf(EventKey key) =>
        new(key.Time.Nanoseconds, key.Source.Index, key.Sequence);
}
