using System;
using System.Collections.Generic;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Wire;

namespace PvTimer.Simulation.Tests.World;

/// <summary>The real coordinator in the process of a node, and what carries its effects out.</summary>
internal sealed class SimCoordinator
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>One that waits for another look is answered after both, and each has its limit.</summary>
    private static readonly TimeSpan AnswersLooksWithin = 2 * FrontActor.AnswerWithin;

    private readonly SimCluster _cluster;
    private readonly RunCoordinator _coordinator = new();
    private readonly RunDisk _disk;
    private readonly Dictionary<long, Action<IWireMessage>> _askers = [];
    private readonly Dictionary<long, int> _looks = [];
    private readonly Action _tick;
    private int _ticks;
    private TimeSpan _diskIsFreeAt;
    private TimeSpan _answersFrom;
    private long _asked;

    public SimCoordinator(SimCluster cluster, SimNode node)
    {
        _cluster = cluster;
        Node = node;
        _disk = new RunDisk(node.Files, node.Inputs)
        {
            Sent = new SentFiles(node.Inputs)
            {
                ParcelBytes = SimCluster.ParcelBytes,
                PartBytes = SimCluster.PartBytes,
            },
            Lane = cluster.HasOwnDisks ? node.Number : null,
        };
        _tick = Tick;
        OnView(node.View);
        Tick();
    }

    public SimNode Node { get; }

    public ActiveRun? Run => _coordinator.Run;

    private bool IsHere => Node.Coordinator == this || Node.Coordinator is null;

    public void OnView(ClusterView view) => Step(new CoordinatorEvent.ClusterChanged(view));

    public void OnGone(string address) =>
        Step(new CoordinatorEvent.MemberGone(address, address == Node.Address));

    public void Hear(IWireMessage message, Action<IWireMessage>? answer = null)
    {
        if (answer is not null)
        {
            _askers[++_asked] = answer;
            if (message is AskLook)
            {
                _looks[_asked] = _ticks;
            }
        }
        Step(new CoordinatorEvent.Heard(message, answer is null ? 0 : _asked));
    }

    private void Tick()
    {
        if (!IsHere)
        {
            return;
        }
        Step(CoordinatorEvent.TimePassed.Instance);
        _ticks++;
        foreach (int asked in _looks.Values)
        {
            Checker.Require(
                (_ticks - asked) * Interval <= AnswersLooksWithin,
                "a look has no answer"
            );
        }
        Node.Later(Interval, _tick);
    }

    private void Step(CoordinatorEvent happening)
    {
        foreach (CoordinatorEffect effect in _coordinator.Step(Node.Now, happening))
        {
            Carry(effect);
        }
    }

    private void Carry(CoordinatorEffect effect)
    {
        switch (effect)
        {
            case CoordinatorEffect.TellNode tell:
                _cluster.TellNode(Node, tell.Node, tell.Message, this);
                break;
            case CoordinatorEffect.Answer answer:
                _looks.Remove(answer.Asker);
                if (_askers.Remove(answer.Asker, out Action<IWireMessage>? asker))
                {
                    asker(answer.Message);
                }
                break;
            case CoordinatorEffect.AskDisk ask:
                AskDisk(ask);
                break;
            case CoordinatorEffect.PlaceCells place when _cluster.Members.Oldest == Node:
                _cluster.Sharding.Want(place.Cells, place.Homes);
                break;
            case CoordinatorEffect.SettleCells when _cluster.Members.Oldest == Node:
                _cluster.Sharding.Settle();
                break;
            case CoordinatorEffect.DeclareDead dead:
                _cluster.Members.DeclareDead(dead.Address, Node);
                break;
            case CoordinatorEffect.LetLeave leave:
                _cluster.Members.Leave(leave.Address);
                break;
            case CoordinatorEffect.Log log:
                _cluster.Say($"{Node.Seat.Name} coordinator: {log.Line}");
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// One request after the other. What is done on disk is done, also if the process dies before it has heard so.
    /// </summary>
    private void AskDisk(CoordinatorEffect.AskDisk ask)
    {
        TimeSpan began = _diskIsFreeAt > _cluster.Agenda.Now ? _diskIsFreeAt : _cluster.Agenda.Now;
        TimeSpan takes = _cluster.DiskTime();
        _diskIsFreeAt = began + takes;
        _cluster.Agenda.At(
            began + (takes / 2),
            () =>
            {
                DiskAnswer answer = _disk.Do(ask.Request);
                _cluster.Checker.OnDisk(Node, ask.Request, answer);
                // In the order of the requests, however long one of them was kept.
                TimeSpan answered = _cluster.Agenda.Now + (takes / 2);
                _answersFrom = answered > _answersFrom ? answered : _answersFrom;
                Node.Later(
                    _answersFrom - _cluster.Agenda.Now,
                    () =>
                    {
                        if (IsHere)
                        {
                            Step(new CoordinatorEvent.DiskAnswered(ask.Number, answer));
                        }
                    }
                );
            },
            Node
        );
    }
}
