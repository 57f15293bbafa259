using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Sharding.Control;
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
    private static readonly ImmutableArray<string> Roles =
    [
        ClusterSeat.CpuRole,
        ClusterSeat.TimerRole,
    ];

    private readonly SimCluster _cluster;
    private readonly NodeAgent _agent;
    private readonly ToyInputs _inputs;
    private readonly Queue<Action> _waiting = new();
    private readonly TimeSpan _clock;
    private readonly double _rate;
    private readonly Action _tick;
    private SimCoordinator? _sender;
    private readonly SimFormation _formation;

    public SimNode(SimCluster cluster, string name, string address, int process)
    {
        _cluster = cluster;
        Number = process;
        HearAsCoordinator = heard => Coordinator?.Hear(heard);
        ReceiveOfPeer = heard => Receive(heard, sender: null);
        _tick = Tick;
        Seat = new ClusterSeat(
            name,
            address,
            Roles,
            1,
            new ProcessMark(process, 1, "sim"),
            cluster.HasOwnDisks
        );
        Files = Disk.WayOf(cluster.Chance, fault => cluster.Hits.Count(HitOf(fault)));
        _inputs = new ToyInputs(Files) { Here = cluster.InputsOf(process) };
        _agent = new NodeAgent(Seat);
        cluster.Hits.Count(Fault.ClockSkewed);
        _clock = cluster.Chance.Between(1, 1_000_000);
        _rate = 1 + ((cluster.Chance.Below(2001) - 1000) * 1e-5);
        _formation = new SimFormation(cluster, this);
        Kept = new SimKept(cluster, this);
        View = cluster.Members.ViewFor(this);
        cluster.Agenda.After(cluster.Chance.Between(0, 100), _tick);
    }

    /// <summary>Of its process: no other one has it.</summary>
    public int Number { get; }

    public ClusterSeat Seat { get; }

    /// <summary>A message to the coordinator that is here; if none is, nobody hears it.</summary>
    public Action<IWireMessage> HearAsCoordinator { get; }

    /// <summary>A message that nobody waits to have answered.</summary>
    public Action<IWireMessage> ReceiveOfPeer { get; }

    public string Address => Seat.Address;

    public NodeFiles Files { get; }

    public SharedDisk Disk => _cluster.DiskOf(Seat.Name);

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
            TimeSpan elapsed = Elapsed;
            return new Moment(elapsed, DateTimeOffset.UnixEpoch + elapsed + WallOffset);
        }
    }

    private TimeSpan Elapsed => _clock + (_cluster.Agenda.Now * _rate);

    private static Fault HitOf(DiskFaults fault) =>
        fault switch
        {
            DiskFaults.Full => Fault.DiskFull,
            DiskFaults.Unreadable => Fault.DiskUnreadable,
            DiskFaults.NoDescriptors => Fault.DiskWithoutDescriptors,
            DiskFaults.Torn => Fault.DiskTorn,
            DiskFaults.TornInSilence => Fault.DiskTornInSilence,
            DiskFaults.Stale => Fault.DiskStale,
            DiskFaults.Misdirected => Fault.DiskMisdirected,
            DiskFaults.Old => Fault.DiskOld,
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "no single fault"),
        };

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
            DoNow(then);
        }
    }

    private void DoNow(Action then)
    {
        try
        {
            then();
        }
        catch (ProcessKilledException)
        {
            _cluster.Hits.Count(Fault.ProcessKilledWhileItWrites);
            _cluster.Say($"{Seat.Name} is killed while it writes");
            Kill();
        }
    }

    public void Later(TimeSpan delay, Action then) => _cluster.Agenda.After(delay, then, this);

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
        _formation.Regions = null;
    }

    /// <summary>See <see cref="SimFormation.Known"/>.</summary>
    public long KnownFormation => _formation.Known;

    /// <summary>What it keeps of the run on its disk.</summary>
    public SimKept Kept { get; }

    public void Stop() => IsStopped = true;

    /// <summary>Its node actor is dead: the process lives, answers the failure detector, and does nothing.</summary>
    public bool IsMute { get; set; }

    public void Continue()
    {
        IsStopped = false;
        while (IsAlive && !IsStopped && _waiting.TryDequeue(out Action? then))
        {
            DoNow(then);
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

    /// <summary>It stops: it was told to leave, or has heard that it was declared dead.</summary>
    public bool IsEnding { get; private set; }

    /// <summary>
    /// It stops in this order: its region, its cells one by one, its process; between any two of them anything may
    /// happen to it.
    /// </summary>
    public void End()
    {
        if (IsEnding)
        {
            return;
        }
        IsEnding = true;
        Step(new NodeEvent.NodeEnding(IsEnding: true));
        TimeSpan at = _cluster.Chance.Between(1, 300);
        Later(at, _formation.Abandon);
        foreach ((string cell, long incarnation) in _cluster.Sharding.CellsOn(this))
        {
            at += _cluster.Chance.Between(1, 200);
            Later(at, () => Step(new NodeEvent.CellGone(cell, incarnation)));
        }
        Later(at + _cluster.Chance.Between(5, 700), Kill);
    }

    private void Tick()
    {
        NodeProgress progress = _formation.Regions is { } regions
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
        Later(AgentInterval, _tick);
    }

    public void TakeFrame(long epoch, Regions.Frame frame) => _formation.TakeFrame(epoch, frame);

    public void Step(NodeEvent happening)
    {
        if (IsMute)
        {
            return;
        }
        foreach (NodeEffect effect in _agent.Step(Elapsed, happening))
        {
            Carry(effect);
        }
    }

    private void Carry(NodeEffect effect)
    {
        switch (effect)
        {
            case NodeEffect.ToCoordinator to:
                Checker.OnSaid(this, to.Message);
                _cluster.TellCoordinator(this, to.Message);
                break;
            case NodeEffect.Reply reply when _sender is { } sender:
                _cluster.Network.Send(
                    this,
                    sender.Node,
                    reply.Message,
                    message => sender.Hear(message)
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
            case NodeEffect.SendInputs send:
                _formation.Send(send);
                break;
            case NodeEffect.ReadKept read:
                Kept.Read(read.Run);
                break;
            case NodeEffect.CheckProcesses check:
                CheckProcesses(check.Seats);
                break;
            case NodeEffect.DownMember down:
                _cluster.Members.DeclareDead(down.Seat.Address, by: this);
                break;
            case NodeEffect.OfFormation of:
                _formation.Carry(of);
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
}
