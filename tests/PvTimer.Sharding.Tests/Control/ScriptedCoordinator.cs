using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>
/// A coordinator of node-1 and node-2 and of a machine with h0 and h1. What it wants done is not done: the script says
/// what becomes of it, and how time passes.
/// </summary>
internal sealed class ScriptedCoordinator
{
    public static readonly RunSpec Spec = new("run", "/scenario.conf", "pvtimer", "/run", 0, 2);

    public static readonly MachineFacts Machine = new(
        [Cell(0), Cell(1)],
        new PlacementSettings(
            PlacementPolicy.PackByHost,
            ImmutableDictionary<string, string>.Empty
        ),
        "scripted",
        1,
        20_000_000,
        "hash"
    );

    private readonly RunCoordinator _coordinator = new();
    private readonly Dictionary<string, NodeReport> _reports = new(StringComparer.Ordinal);
    private readonly List<CoordinatorEffect.AskDisk> _asked = [];
    private TimeSpan _now = TimeSpan.FromSeconds(100);
    private long _asker;

    /// <summary>All that it has wanted done since <see cref="Forget"/>.</summary>
    public List<CoordinatorEffect> Effects { get; } = [];

    public ActiveRun Run => _coordinator.Run!;

    /// <summary>What it has asked the disk for, and has not been answered.</summary>
    public DiskRequest Asked => _asked[0].Request;

    public bool HasAsked => _asked.Count > 0;

    /// <summary>What a client is told that the run waits for.</summary>
    public string? What => Status.What;

    /// <summary>What a client is told of the run.</summary>
    public RunStatus Status
    {
        get
        {
            Hear(new AskRun(Spec.Id));
            return Effects
                .OfType<CoordinatorEffect.Answer>()
                .Select(answer => answer.Message)
                .OfType<RunStatus>()
                .Last();
        }
    }

    /// <summary>What clients were told.</summary>
    public IEnumerable<CommandAnswer> Answers =>
        Effects
            .OfType<CoordinatorEffect.Answer>()
            .Select(answer => answer.Message)
            .OfType<CommandAnswer>();

    /// <summary>What nodes were told.</summary>
    public IEnumerable<(string Node, T Message)> Told<T>()
        where T : IWireMessage =>
        Effects
            .OfType<CoordinatorEffect.TellNode>()
            .Where(tell => tell.Message is T)
            .Select(tell => (tell.Node.Name, (T)tell.Message));

    public static ClusterSeat Seat(int number, int process = 0) =>
        new(
            $"node-{number}",
            $"akka.tcp://pvtimer@127.0.0.1:{4000 + number + (100 * process)}",
            ["cpu"],
            1,
            new ProcessMark(number, process, "")
        );

    private static PlacementCell Cell(int host) =>
        new($"h{host}", host, $"h{host}", 0, false, [], []);

    /// <summary>A coordinator that knows both nodes, and that there has been no run.</summary>
    public static ScriptedCoordinator WithNodes()
    {
        ScriptedCoordinator script = new();
        script.Members(Seat(1), Seat(2));
        script.Report(Seat(1));
        script.Report(Seat(2));
        script.Pass(0.1);
        return script;
    }

    /// <summary>A coordinator whose run runs in formation 1.</summary>
    public static ScriptedCoordinator WithRun()
    {
        ScriptedCoordinator script = WithNodes();
        script.Hear(new Submit(Spec, Machine.InputSha256));
        script.Answer(Opened());
        script.Answer(Restored(1));
        script.Form(1);
        script.Forget();
        return script;
    }

    /// <summary>A coordinator of nodes that were in formation 3, or know that it is over.</summary>
    public static ScriptedCoordinator Successor()
    {
        ScriptedCoordinator script = new();
        script.Members(Seat(1), Seat(2));
        script.Report(Seat(1), NodePhase.Idle, epoch: 3);
        script.Report(Seat(2), NodePhase.Idle, epoch: 3);
        script.Pass(0.1);
        return script;
    }

    /// <summary>A formation of both nodes, from the beginning.</summary>
    public static Form FormOf(long epoch, string? scenario = null, bool stop = false) =>
        new(
            epoch,
            Spec with
            {
                ScenarioFile = scenario ?? $"/run/scenario-{epoch}-0.conf",
            },
            Machine.InputSha256,
            [Seat(1), Seat(2)],
            [0, 1],
            StateSource.Beginning,
            0,
            [],
            ImmutableDictionary<string, string>.Empty,
            [],
            null,
            null,
            stop
        );

    public static DiskAnswer.RestorePrepared Restored(
        long epoch,
        CheckpointManifest? last = null
    ) => new(epoch, Spec, null, last, [], [], []);

    /// <summary>A run that was not run before.</summary>
    public static DiskAnswer.Opened Opened(RunSpec? run = null) =>
        new(run ?? Spec, Machine, null, [], [], Writer: 1);

    /// <summary>Both nodes say that they have formed, and run.</summary>
    public void Form(long epoch)
    {
        foreach (int node in (int[])[1, 2])
        {
            Hear(new Formed(epoch, $"node-{node}", 1000, null));
            Report(Seat(node), NodePhase.Running, epoch);
        }
    }

    public void Members(params ClusterSeat[] seats) =>
        Step(
            new CoordinatorEvent.ClusterChanged(
                new ClusterView(
                    [.. seats.Select(seat => new ClusterMember(seat.Address, "Up", true))],
                    null,
                    IsSelfDown: false
                )
                {
                    Self = seats[0].Address,
                }
            )
        );

    /// <summary>A node says how it is, now and from now on.</summary>
    public void Report(
        ClusterSeat seat,
        NodePhase phase = NodePhase.Idle,
        long epoch = 0,
        string? waitingFor = null,
        long round = 1,
        long planned = 0
    )
    {
        NodeReport report = new(
            seat,
            phase,
            epoch,
            planned,
            round,
            5_000_000,
            1,
            waitingFor,
            0,
            0,
            0,
            1,
            0
        );
        _reports[seat.Address] = report;
        Hear(report);
    }

    /// <summary>Time passes, and nodes go on reporting.</summary>
    public void Pass(double seconds)
    {
        TimeSpan until = _now + TimeSpan.FromSeconds(seconds);
        while (_now < until)
        {
            _now += TimeSpan.FromMilliseconds(100);
            foreach (NodeReport report in _reports.Values)
            {
                Hear(report);
            }
            Step(CoordinatorEvent.TimePassed.Instance);
        }
    }

    /// <summary>Time passes, and its process does nothing: it hears that first, and then from its nodes.</summary>
    public void StandStill(double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        Step(CoordinatorEvent.TimePassed.Instance);
    }

    /// <summary>A node or a client asks or says something.</summary>
    public void Hear(IWireMessage message) => Step(new CoordinatorEvent.Heard(message, ++_asker));

    /// <summary>A node does not report any more.</summary>
    public void Silence(ClusterSeat seat) => _reports.Remove(seat.Address);

    public void Gone(ClusterSeat seat)
    {
        _reports.Remove(seat.Address);
        Step(new CoordinatorEvent.MemberGone(seat.Address, IsSelf: false));
    }

    /// <summary>The disk answers the first request that it has not answered.</summary>
    public void Answer(DiskAnswer answer)
    {
        long number = _asked[0].Number;
        _asked.RemoveAt(0);
        Step(new CoordinatorEvent.DiskAnswered(number, answer));
    }

    public void Command(Commands.RunCommand command) =>
        Hear(command.Wire with { Id = $"command-{_asker}" });

    /// <summary>Both nodes have halted.</summary>
    public void Halt(long epoch, HaltReason reason, long reached)
    {
        foreach (int node in (int[])[1, 2])
        {
            Hear(
                new Halted(
                    epoch,
                    $"node-{node}",
                    reason,
                    9,
                    reached,
                    1,
                    null,
                    new CheckpointPart($"e{epoch}-r9-node-{node}.ckpt", $"node-{node}", 1, "hash"),
                    null,
                    null
                )
            );
        }
    }

    public void Forget() => Effects.Clear();

    private void Step(CoordinatorEvent happening)
    {
        foreach (
            CoordinatorEffect effect in _coordinator.Step(
                new Moment(_now, DateTimeOffset.UnixEpoch),
                happening
            )
        )
        {
            Effects.Add(effect);
            if (effect is CoordinatorEffect.AskDisk ask)
            {
                _asked.Add(ask);
            }
        }
    }
}
