using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Simulation.Tests.World;

/// <summary>
/// The process of a node: the real agent, and what carries its effects out, on a toy machine. It can be killed, or
/// stopped for a while; then all that would have happened to it waits.
/// </summary>
internal sealed class SimNode
{
    private static readonly TimeSpan AgentInterval = NodeAgent.Interval;

    private readonly SimCluster _cluster;
    private readonly NodeAgent _agent;
    private readonly ToyInputs _inputs;
    private readonly Queue<Action> _waiting = new();
    private readonly TimeSpan _clock;
    private readonly double _rate;
    private SimCoordinator? _sender;
    private Regions? _regions;

    public SimNode(SimCluster cluster, string name, string address, int process)
    {
        _cluster = cluster;
        Seat = new ClusterSeat(
            name,
            address,
            ["cpu", "timer"],
            1,
            new ProcessMark(process, 1, "sim")
        );
        Files = cluster.Disk.WayOf(cluster.Chance, fault => cluster.Hits.Count($"disk: {fault}"));
        _inputs = new ToyInputs(Files);
        _agent = new NodeAgent(Seat);
        _clock = cluster.Chance.Between(1, 1_000_000);
        _rate = 1 + ((cluster.Chance.Below(2001) - 1000) * 1e-5);
        View = cluster.Members.ViewFor(this);
        cluster.Agenda.After(cluster.Chance.Between(0, 100), Tick);
    }

    public ClusterSeat Seat { get; }

    public string Address => Seat.Address;

    public NodeFiles Files { get; }

    public ToyInputs Inputs => _inputs;

    /// <summary>Its process is there.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>Its process has been stopped (SIGSTOP).</summary>
    public bool IsStopped { get; private set; }

    /// <summary>It is alive, and a member that has not been declared dead.</summary>
    public bool IsMember => IsAlive && _cluster.Members.Has(this);

    /// <summary>The coordinator, if it lives here.</summary>
    public SimCoordinator? Coordinator { get; private set; }

    /// <summary>The members as this node knows them.</summary>
    public ClusterView View { get; private set; }

    /// <summary>What its time of day is off by.</summary>
    public TimeSpan WallOffset { get; set; }

    /// <summary>The time as this process reads it.</summary>
    public Moment Now
    {
        get
        {
            TimeSpan elapsed = _clock + (_cluster.Agenda.Now * _rate);
            return new Moment(elapsed, DateTimeOffset.UnixEpoch + elapsed + WallOffset);
        }
    }

    /// <summary>Something happens in this process; while it is stopped it waits.</summary>
    public void Do(Action then)
    {
        if (!IsAlive)
        {
            return;
        }
        if (IsStopped)
        {
            _waiting.Enqueue(then);
        }
        else
        {
            then();
        }
    }

    public void Later(TimeSpan delay, Action then) => _cluster.Agenda.After(delay, () => Do(then));

    /// <summary>Its process ends; its operator starts another one of its name.</summary>
    public void Kill()
    {
        if (!IsAlive)
        {
            return;
        }
        IsAlive = false;
        _cluster.Agenda.After(
            _cluster.Chance.Between(500, 4000),
            () => _cluster.StartNode(Seat.Name)
        );
        Coordinator = null;
        _regions = null;
    }

    public void Stop() => IsStopped = true;

    public void Continue()
    {
        IsStopped = false;
        while (IsAlive && !IsStopped && _waiting.TryDequeue(out Action? then))
        {
            then();
        }
    }

    public void Install(ClusterView view)
    {
        View = view;
        Coordinator?.OnView(view);
    }

    public void StartCoordinator() => Coordinator ??= new SimCoordinator(_cluster, this);

    public void StopCoordinator() => Coordinator = null;

    /// <summary>A message of a peer, or of a coordinator that may be answered.</summary>
    public void Receive(IWireMessage message, SimCoordinator? sender)
    {
        _sender = sender;
        Step(new NodeEvent.Received(message));
    }

    public void OnCellHere(string cell, long incarnation) =>
        Do(() => Step(new NodeEvent.CellHere(cell, incarnation)));

    public void OnCellGone(string cell, long incarnation) =>
        Do(() => Step(new NodeEvent.CellGone(cell, incarnation)));

    /// <summary>It has heard that it was declared dead.</summary>
    public void OnDeclaredDead() => Step(NodeEvent.NodeEnding.Instance);

    private void Tick()
    {
        NodeProgress progress = _regions is { } regions
            ? new NodeProgress(
                regions.Form.Epoch,
                regions.Round,
                regions.At,
                regions.Round,
                regions.WaitingFor,
                0,
                0,
                0,
                0
            )
            : default;
        Step(new NodeEvent.TimePassed(progress));
        Later(AgentInterval, Tick);
    }

    private void Step(NodeEvent happening)
    {
        foreach (NodeEffect effect in _agent.Step(Now.Elapsed, happening))
        {
            Carry(effect);
        }
    }

    private void Carry(NodeEffect effect)
    {
        switch (effect)
        {
            case NodeEffect.ToCoordinator to:
                _cluster.TellCoordinator(this, to.Message);
                break;
            case NodeEffect.Reply reply when _sender is { } sender:
                _cluster.Network.Send(
                    Address,
                    sender.Node.Address,
                    reply.Message,
                    message => sender.Node.Do(() => sender.Hear(message))
                );
                break;
            case NodeEffect.ToNode to:
                _cluster.TellNode(this, to.Seat, to.Message, sender: null);
                break;
            case NodeEffect.TouchCell touch:
                _cluster.Sharding.Touch(this, touch.Cell);
                break;
            case NodeEffect.DissolveCells:
                _cluster.Sharding.Dissolve(this);
                break;
            case NodeEffect.CheckProcesses check:
                CheckProcesses(check.Seats);
                break;
            case NodeEffect.DownMember down:
                _cluster.Members.DeclareDead(down.Seat.Address, by: this);
                break;
            case NodeEffect.OfFormation of:
                CarryOf(of);
                break;
            default:
                break;
        }
    }

    private void CheckProcesses(ImmutableArray<ClusterSeat> seats)
    {
        foreach (ClusterSeat seat in seats)
        {
            if (_cluster.SeesDead(seat))
            {
                Later(TimeSpan.Zero, () => Step(new NodeEvent.ProcessFoundDead(seat)));
            }
        }
    }

    /// <summary>Heavy work takes its time, and what it needs of the disk may fail.</summary>
    private void CarryOf(NodeEffect.OfFormation effect)
    {
        switch (effect)
        {
            case NodeEffect.RunRegions when _regions is { } regions:
                BeginRound(regions);
                break;
            case NodeEffect.PauseRegions:
                _regions?.RequestPause();
                break;
            case NodeEffect.RequestCheckpoint:
                _regions?.RequestCheckpoint();
                break;
            case NodeEffect.StopFormation stop:
                if (_regions?.Form.Epoch == stop.Epoch)
                {
                    _regions = null;
                }
                break;
            case NodeEffect.RequestLook or NodeEffect.LookNow:
                break;
            default:
                Later(
                    _cluster.Chance.Between(0.5, _cluster.SlowestWorkMilliseconds),
                    () => Step(Work(effect))
                );
                break;
        }
    }

    private NodeEvent.OfFormation Work(NodeEffect.OfFormation effect)
    {
        try
        {
            return effect switch
            {
                NodeEffect.MakePlan make => MakePlan(make.Form),
                NodeEffect.ReadStates read => new NodeEvent.StatesRead(
                    read.Epoch,
                    ReadStates(read)
                ),
                NodeEffect.StartRegions start => StartRegions(start),
                NodeEffect.Populate populate => new NodeEvent.Populated(
                    populate.Epoch,
                    populate.Cell,
                    populate.Incarnation
                ),
                NodeEffect.FreezeRegions freeze => new NodeEvent.RegionsFrozen(
                    freeze.Epoch,
                    _regions?.Form.Epoch == freeze.Epoch
                        ? _regions.Freeze()
                        : ImmutableDictionary<string, byte[]>.Empty
                ),
                NodeEffect.WriteFrozen write => new NodeEvent.FrozenWritten(
                    write.Epoch,
                    WritePart(write.Epoch, write.Round)
                ),
                _ => throw new InvalidOperationException($"no way to do {effect}"),
            };
        }
        catch (Exception e)
            when (e is IOException or CheckpointDamagedException or InvalidOperationException)
        {
            return new NodeEvent.FormationFailed(effect.Epoch, e.Message);
        }
    }

    private Form? _planned;

    private NodeEvent.PlanMade MakePlan(Form form)
    {
        if (_inputs.HashOf(form.Run.ScenarioFile) != form.InputSha256)
        {
            throw new IOException($"{form.Run.ScenarioFile} is not what the coordinator has read");
        }
        if (_planned is null || form.Epoch > _planned.Epoch)
        {
            _planned = form;
        }
        return new NodeEvent.PlanMade(form.Epoch, ToyMachine.Names);
    }

    private Dictionary<string, ReadOnlyMemory<byte>> ReadStates(NodeEffect.ReadStates read)
    {
        Dictionary<string, ReadOnlyMemory<byte>> all = StoreOf(_planned!.Run).ReadCells(read.Files);
        return all.Where(cell => read.Cells.Contains(cell.Key, StringComparer.Ordinal))
            .ToDictionary(StringComparer.Ordinal);
    }

    private NodeEvent.RegionsStarted StartRegions(NodeEffect.StartRegions start)
    {
        Form form = _planned!;
        if (form.Epoch != start.Epoch)
        {
            throw new InvalidOperationException("another formation has begun");
        }
        int seat = form.Seats.ToList().FindIndex(each => each.Address == Address);
        int[] own =
        [
            .. Enumerable.Range(0, ToyMachine.Cells).Where(cell => form.Homes[cell] == seat),
        ];
        ImmutableArray<ToyEvent> events = _inputs.EventsOf(form.Run.ScenarioFile);
        SortedDictionary<int, ulong> cells = [];
        for (int index = 0; index < own.Length; index++)
        {
            (long at, ulong number) = start.States is { } states
                ? ToyMachine.Thaw(states[index].Span)
                : (0, ToyMachine.Start(own[index]));
            Checker.OnThawed(this, form, own[index], at, number, events);
            cells[own[index]] = number;
        }
        _regions = new Regions(form, seat, events, cells);
        return new NodeEvent.RegionsStarted(form.Epoch, 1, null);
    }

    private CheckpointPart WritePart(long epoch, long round)
    {
        Regions regions =
            _regions?.Form.Epoch == epoch
                ? _regions
                : throw new InvalidOperationException("the formation is over");
        return StoreOf(regions.Form.Run).WritePart(epoch, round, Seat.Name, regions.Freeze());
    }

    private CheckpointStore StoreOf(RunSpec run) => new(run.Directory, Files, _inputs);

    private void BeginRound(Regions regions)
    {
        if (_regions != regions)
        {
            return;
        }
        Regions.Frame own = regions.Begin();
        foreach (ClusterSeat peer in regions.Form.Seats)
        {
            if (peer.Address != Address && _cluster.Find(peer.Address) is { } other)
            {
                _cluster.Network.SendFrame(
                    Address,
                    peer.Address,
                    () => other.Do(() => other.TakeFrame(regions.Form.Epoch, own))
                );
            }
        }
        GoOn(regions);
    }

    /// <summary>Frames of a formation whose regions are not there yet wait in the real router; here they are kept with the epoch.</summary>
    private readonly List<(long Epoch, Regions.Frame Frame)> _early = [];

    private void TakeFrame(long epoch, Regions.Frame frame)
    {
        if (_regions is { } regions && regions.Form.Epoch == epoch)
        {
            regions.Take(frame);
            GoOn(regions);
        }
        else if (epoch > (_regions?.Form.Epoch ?? 0))
        {
            _early.Add((epoch, frame));
        }
    }

    private void GoOn(Regions regions)
    {
        foreach ((long epoch, Regions.Frame frame) in _early)
        {
            if (epoch == regions.Form.Epoch)
            {
                regions.Take(frame);
            }
        }
        _early.RemoveAll(early => early.Epoch <= regions.Form.Epoch);
        if (regions.Close() is not { } closed)
        {
            return;
        }
        long epochNow = regions.Form.Epoch;
        if (closed.Keeps && !closed.Halts)
        {
            WriteCheckpoint(regions);
        }
        if (closed.Halts)
        {
            bool isDone = regions.At >= ToyMachine.End;
            Step(
                new NodeEvent.RegionsEnded(
                    epochNow,
                    isDone ? NodeRunEnd.Done : NodeRunEnd.Paused,
                    null,
                    null,
                    regions.Round,
                    regions.At,
                    regions.Round,
                    isDone ? null : regions.At,
                    0
                )
            );
            return;
        }
        regions.Run();
        Later(
            _cluster.Chance.Between(1, _cluster.SlowestWorkMilliseconds),
            () => BeginRound(regions)
        );
    }

    /// <summary>It is frozen now, and written while the rounds go on.</summary>
    private void WriteCheckpoint(Regions regions)
    {
        Form form = regions.Form;
        long round = regions.Round;
        long reached = regions.At;
        Dictionary<string, byte[]> frozen = regions.Freeze();
        Later(
            _cluster.Chance.Between(1, _cluster.SlowestWorkMilliseconds),
            () =>
            {
                try
                {
                    CheckpointPart part = StoreOf(form.Run)
                        .WritePart(form.Epoch, round, Seat.Name, frozen);
                    _cluster.TellCoordinator(
                        this,
                        new CheckpointWritten(form.Epoch, Seat.Name, round, reached, 0.1, 1, part)
                    );
                }
                catch (IOException e)
                {
                    _cluster.TellCoordinator(
                        this,
                        new CheckpointFailed(form.Epoch, Seat.Name, e.Message)
                    );
                }
            }
        );
    }
}
