using System;
using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Model.Looks;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Commands;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Wire;

namespace PvTimer.Simulation.Tests.World;

/// <summary>
/// Who has a run done: submits it, asks how it is, submits it again if no coordinator knows it, commands things, has
/// it go on where it stands still, and starts another node if it has drained all of them. It asks any node that lives,
/// as real clients do.
/// </summary>
internal sealed class SimClient
{
    private static readonly TimeSpan AskInterval = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan StandsLongEnough = TimeSpan.FromMilliseconds(700);

    private readonly SimCluster _cluster;
    private readonly int _nodes;
    private readonly Action _poll;
    private readonly Action<RunStatus> _onStatus;
    private RunSpec _spec;
    private bool _hasBegun;
    private bool _hasStartedAnother;
    private int _resumed;
    private int _commands;
    private TimeSpan? _heldSince;

    /// <summary>The last command that it knows to be in the run.</summary>
    private long _known;

    /// <summary>It was acknowledged, before there was any formation, that the run will stand still.</summary>
    private bool _isToStandStill;

    /// <summary>What it has the run made from: the scenario as it was written, or as commands have left it.</summary>
    private byte[] _scenario = Encoding.ASCII.GetBytes(ToyInputs.Text([]));

    /// <summary>A run that has stopped, whose scenario it does not have yet; null: none has.</summary>
    private (CheckpointManifest End, InputParcels Parcels)? _fetching;

    public SimClient(SimCluster cluster, int nodes)
    {
        _cluster = cluster;
        _nodes = nodes;
        _spec = new RunSpec(
            "run-0",
            SimCluster.ScenarioFile,
            "toy",
            SimCluster.Directory,
            CheckpointMilliseconds: 100,
            nodes
        );
        (_poll, _onStatus) = (Poll, OnStatus);
        cluster.Agenda.After(TimeSpan.FromMilliseconds(200), _poll);
    }

    /// <summary>The last word on the run; null: none has come.</summary>
    public RunStatus? Last { get; private set; }

    public bool IsOver { get; private set; }

    private void Poll()
    {
        if (IsOver)
        {
            return;
        }
        RunSpec spec = _hasBegun ? _spec with { Nodes = 1 } : _spec;
        IWireMessage request =
            Last is null || Last.Phase == RunPhase.Unknown
                ? new Submit(spec, FileHash.Of(_scenario), KnownCommands: _known)
                : (IWireMessage?)Wanted(Last) ?? new AskRun(_spec.Id);
        if (_fetching is { } fetching)
        {
            Ask<IWireMessage>(
                new AskInputs(fetching.End.Epoch, Node: "", fetching.Parcels.Arrived),
                OnFetched
            );
        }
        Ask(request, _onStatus);
        _cluster.Agenda.After(AskInterval, _poll);
    }

    /// <param name="end">Its last checkpoint; null: it had not begun.</param>
    private void OnStopped(CheckpointManifest? end)
    {
        if (end is null || end.InputSha256 == FileHash.Of(_scenario))
        {
            Resume(end?.Run ?? _spec);
        }
        else if (!_cluster.HasOwnDisks)
        {
            _scenario = _cluster.Disks.Single().Files[end.Run.ScenarioFile];
            Resume(end.Run);
        }
        else if (_fetching?.End.Epoch != end.Epoch)
        {
            _fetching = (end, new InputParcels(end.InputSha256));
        }
    }

    private void OnFetched(IWireMessage answer)
    {
        if (
            _fetching is { } fetching
            && answer is InputParcel parcel
            && fetching.Parcels.Add(parcel, out byte[]? whole) is null
            && whole is not null
        )
        {
            _scenario = whole;
            Resume(fetching.End.Run);
        }
    }

    /// <summary>As pvtimer run --resume does: with what was commanded of the run before.</summary>
    private void Resume(RunSpec stopped)
    {
        _fetching = null;
        _spec = _spec with
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"run-{++_resumed}"),
            ScenarioFile = stopped.ScenarioFile,
            Commands = stopped.Commands,
            Nodes = 1,
        };
        Last = null;
    }

    /// <summary>What the coordinator lacks; null: nothing that this client has.</summary>
    private InputParcel? Wanted(RunStatus last)
    {
        bool isSlow = _hasBegun && !_cluster.Chance.OneIn(4);
        if (last.Wanted is not { } wanted || wanted.InputSha256 != FileHash.Of(_scenario) || isSlow)
        {
            return null;
        }
        _cluster.Hits.Count(Fault.InputsSentByClient);
        return InputParcel.Of(
            wanted.InputSha256,
            _scenario,
            wanted.Offset,
            SimCluster.ParcelBytes
        ) with
        {
            Run = _spec.Id,
        };
    }

    private void OnStatus(RunStatus status)
    {
        if (status.Id != _spec.Id || IsOver)
        {
            return;
        }
        if (Last?.Phase != status.Phase)
        {
            _cluster.Say(
                $"client: {status.Phase} in {status.Epoch} at {status.ReachedNanoseconds / 1e6} ms {status.What}"
            );
        }
        Last = status;
        _known = Math.Max(_known, status.Commands);
        _cluster.Checker.ClientKnows = _known;
        _hasBegun |= status.Phase is not (RunPhase.Unknown or RunPhase.Waiting);
        _isToStandStill &= status.Phase is not (RunPhase.Held or RunPhase.Stopped);
        Checker.Require(
            !(_isToStandStill && status.Phase == RunPhase.Done),
            "the run has not stood still, as was acknowledged before it began"
        );
        _heldSince = status.Phase == RunPhase.Held ? _heldSince ?? _cluster.Agenda.Now : null;
        if (_heldSince is { } since && _cluster.Agenda.Now - since > StandsLongEnough)
        {
            _heldSince = _cluster.Agenda.Now;
            Command(new HoldCommand(_spec.Id, At: null));
        }
        if (status.What == WaitLine.NoNodeMayTakeCells && !_hasStartedAnother)
        {
            _hasStartedAnother = true;
            _cluster.StartNode("node-another");
        }
        if (status.Phase == RunPhase.Stopped)
        {
            OnStopped(status.Result);
        }
        else
        {
            _fetching = null;
            IsOver = status.IsOver;
        }
    }

    /// <param name="command">What it commands.</param>
    /// <param name="then">Done as soon as it has been acknowledged.</param>
    public void Command(RunCommand command, Action? then = null)
    {
        _isToStandStill &= command is not (HoldCommand or TravelCommand or StopCommand);
        ClusterCommand wire = command.Wire with
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"command-{++_commands}"),
        };
        if (command is InjectCommand inject)
        {
            int id = int.Parse(
                inject.Event.Trim('{', '}', ' ').Split(' ')[0],
                CultureInfo.InvariantCulture
            );
            _cluster.Checker.OnAsked(id);
            Ask<CommandAnswer>(
                wire,
                answer =>
                {
                    _cluster.Say($"client: {command} -> {answer}");
                    if (answer.Accepted)
                    {
                        _cluster.Checker.OnAcknowledged(id);
                    }
                }
            );
            return;
        }
        Ask<CommandAnswer>(
            wire,
            answer =>
            {
                _cluster.Say($"client: {command} -> {answer}");
                if (!answer.Accepted)
                {
                    return;
                }
                if (command is HoldCommand { At: not null } && !_cluster.Checker.HasSeenForm)
                {
                    _cluster.Hits.Count(Fault.HeldBeforeTheFirstFormation);
                    _isToStandStill = wire.Id == LastCommand;
                }
                then?.Invoke();
            }
        );
    }

    private string LastCommand =>
        string.Create(CultureInfo.InvariantCulture, $"command-{_commands}");

    /// <summary>Looks at the machine.</summary>
    public void Look() =>
        Ask<LookAnswer>(new AskLook(LookRequest.Sums, Hash: true), _cluster.Checker.OnLook);

    /// <summary>The run as it is called now.</summary>
    public string Run => _spec.Id;

    /// <summary>Through any node that lives to the coordinator that it believes in, and back, or never.</summary>
    private void Ask<T>(IWireMessage request, Action<T> then)
        where T : IWireMessage
    {
        if (_cluster.AnyLiving() is not { } front)
        {
            return;
        }
        front.Later(
            _cluster.Chance.Between(0.1, 2),
            () =>
            {
                if (_cluster.CoordinatorOf(front) is not { } host)
                {
                    return;
                }
                _cluster.Network.Send(
                    front,
                    host,
                    request,
                    heard =>
                        host.Coordinator?.Hear(
                            heard,
                            answer =>
                                _cluster.Network.Send(host, front, answer, back => then((T)back))
                        )
                );
            }
        );
    }
}
