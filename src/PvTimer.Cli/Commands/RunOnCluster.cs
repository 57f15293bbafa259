using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Cli.Display;
using PvTimer.Cli.Ops;
using PvTimer.Engine;
using PvTimer.Experiments;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.OpsConsole;
using PvTimer.Scenarios;
using PvTimer.Sharding;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Faults;
using PvTimer.Sharding.Launching;
using PvTimer.Sharding.Security;

namespace PvTimer.Cli.Commands;

/// <summary>What is to be run on a cluster.</summary>
/// <param name="Scenario">Null: what the directory says is resumed.</param>
/// <param name="Directory">The run directory.</param>
/// <param name="Nodes">Null: as many as there are, or were.</param>
/// <param name="Regions">Of each node; null: 1, or as before.</param>
/// <param name="Join">Nodes of a cluster that is there; none: nodes are launched.</param>
internal sealed record ClusterRequest(
    Scenario? Scenario,
    string Directory,
    int? Nodes,
    int? Regions,
    ImmutableArray<string> Join
)
{
    /// <summary>Wall time between checkpoints; zero: none but the last.</summary>
    public TimeSpan CheckpointEvery { get; init; }

    /// <summary>What is done to the nodes meanwhile; null: nothing.</summary>
    public FaultSchedule? Faults { get; init; }

    /// <summary>Nodes that are launched share no directory with each other.</summary>
    public bool OwnDirectories { get; init; }

    /// <summary>The certificate to show; null: none.</summary>
    public MutualTls? Tls { get; init; }

    /// <summary>Its console; null: none.</summary>
    public RunConsole? Console { get; init; }

    /// <summary>Shown with orders; null: the user's own.</summary>
    public ControlToken? Token { get; init; }
}

/// <summary>pvtimer run with --nodes, --join or --resume: launches nodes or joins some, and watches the run.</summary>
internal sealed class RunOnCluster(
    Session session,
    ClusterRequest request,
    bool quiet,
    RunEnding ending
)
{
    /// <summary>Nodes whose launcher has died leave within this time.</summary>
    private static readonly TimeSpan OldNodesLimit = TimeSpan.FromSeconds(15);

    /// <summary>What a run waits for is worth a line when it has waited for so long.</summary>
    private static readonly TimeSpan WaitUntilSaid = TimeSpan.FromSeconds(2);

    /// <summary>The last line of the history that was shown.</summary>
    private string? _noted;

    /// <summary>What the run waits for, and since when.</summary>
    private (string? What, TimeSpan Since, bool IsSaid) _waits;

    public async Task<int> Invoke()
    {
        LocalNodes? nodes = null;
        bool isOpen = false;
        try
        {
            await using ClusterDoor door = new(request.Join, request.Tls, request.Token);
            // A cluster that does not answer must not cost what the directory holds: it is asked first.
            ClusterStatus? joined = request.Join.IsEmpty
                ? null
                : await Greet(door).ConfigureAwait(false);
            ClusterExperiment experiment = Open();
            isOpen = true;
            if (joined is null)
            {
                await WaitForOldNodes().ConfigureAwait(false);
                nodes = Launch(experiment);
            }
            await Enter(experiment, door, nodes, joined).ConfigureAwait(false);
            return await Invoke(experiment, door, nodes).ConfigureAwait(false);
        }
        catch (Exception e) when (isOpen && IsAboutTheCluster(e))
        {
            throw new ClusterRunException($"{e.Message}; {HowToGoOn}");
        }
        finally
        {
            if (nodes is not null)
            {
                await nodes.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private string HowToGoOn => RunEnding.HowToGoOn(request.Directory);

    /// <exception cref="ClusterUnreachableException">No node answers.</exception>
    /// <exception cref="ClusterBusyException">A new run would have to wait for another one.</exception>
    private async Task<ClusterStatus> Greet(ClusterDoor door)
    {
        ClusterStatus status = await door.Ask<ClusterStatus>(AskCluster.Instance)
            .ConfigureAwait(false);
        return request.Scenario is not null && status.Run is { IsOver: false } other
            ? throw new ClusterBusyException(
                $"the cluster runs {other.Id}; accepted: one run at a time"
            )
            : status;
    }

    private async Task<int> Invoke(
        ClusterExperiment experiment,
        ClusterDoor door,
        LocalNodes? nodes
    )
    {
        await using ConsoleServer? console = request.Console is { } wanted
            ? await wanted
                .Start(session, door, request.Directory, request.Token)
                .ConfigureAwait(false)
            : null;
        ending.Begin(
            experiment.Scenario,
            EngineKind.Actors,
            experiment.Record.Nodes,
            experiment.Record.Regions
        );
        try
        {
            ExperimentResult result = await Run(experiment, door, nodes).ConfigureAwait(false);
            int code = ending.Finish(result, request.Directory);
            if (!result.Interrupted)
            {
                if (console is not null)
                {
                    await RunConsole.Linger(session, console).ConfigureAwait(false);
                }
                return code;
            }
        }
        catch (OperationCanceledException)
        {
            session.Error.WriteLine("pvtimer: interrupted before the nodes were ready");
        }
        session.Error.WriteLine($"pvtimer: {HowToGoOn}");
        return ExitCode.Interrupted;
    }

    private ClusterExperiment Open()
    {
        if (request.Scenario is not null)
        {
            return ClusterExperiment.Begin(
                request.Directory,
                request.Scenario,
                request.Nodes ?? 1,
                request.Regions ?? 1,
                request.CheckpointEvery
            );
        }
        ClusterExperiment experiment = ClusterExperiment.Resume(request.Directory);
        experiment.Resize(
            request.Nodes ?? experiment.Record.Nodes,
            request.Regions ?? experiment.Record.Regions
        );
        return experiment;
    }

    /// <summary>Two clusters must not write checkpoints of one run.</summary>
    private async Task WaitForOldNodes()
    {
        if (!File.Exists(Path.Combine(request.Directory, NodesFile.Name)))
        {
            return;
        }
        TimeSpan limit = MonotonicTime.Now + OldNodesLimit;
        ImmutableArray<NodesFile.Node> old = NodesFile.Read(request.Directory).Nodes;
        while (old.FirstOrDefault(node => node.IsAliveHere) is { } alive)
        {
            if (MonotonicTime.Now > limit)
            {
                throw new UsageException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{alive.Name} of this run is still there (process {alive.Pid}); accepted: --join {alive.Address}, or resuming when it has ended"
                    )
                );
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
        }
    }

    private LocalNodes Launch(ClusterExperiment experiment) =>
        LocalNodes.Start(
            NodeProgram.Own(typeof(Program).Assembly.Location),
            request.Directory,
            LocalNodes.RolesOf(experiment.Record.Nodes, experiment.Scenario.Placement.Policy),
            new LocalNodeSettings
            {
                Regions = experiment.Record.Regions,
                Drills = request.Faults is not null,
                OwnDirectories =
                    request.OwnDirectories || LocalNodes.HadOwnDirectories(request.Directory),
            }
        );

    /// <summary>Gets to know the cluster: the nodes that were launched, or those that are there.</summary>
    private async Task Enter(
        ClusterExperiment experiment,
        ClusterDoor door,
        LocalNodes? nodes,
        ClusterStatus? joined
    )
    {
        if (nodes is not null)
        {
            door.Learn([await nodes.Nodes[0].Listening.ConfigureAwait(false)]);
        }
        if (request.Scenario is null)
        {
            experiment.Adopt(joined?.Run is { IsOver: false } run ? run.Id : null);
        }
        if (joined is not null)
        {
            MemberStatusLine[] up = [.. joined.Members.Where(member => member.Status == "Up")];
            int regions = up.Select(member => member.Report?.Seat.Regions ?? 1)
                .DefaultIfEmpty(1)
                .Max();
            experiment.Resize(request.Nodes ?? Math.Max(1, up.Length), regions);
        }
    }

    private async Task<ExperimentResult> Run(
        ClusterExperiment experiment,
        ClusterDoor door,
        LocalNodes? nodes
    )
    {
        using ProgressLine progress = new(session, experiment.Scenario, quiet);
        using CancellationTokenSource over = new();
        ClusterWatch watch = new(door, nodes, request.Directory, progress.Note, session.Stop);
        FaultDrill? drill = DrillOf(experiment, door, nodes, progress);
        Task<ExperimentResult> run = experiment.Run(
            door,
            (backend, status) =>
            {
                watch.HasBegun |= status.Phase is not (RunPhase.Unknown or RunPhase.Waiting);
                Show(progress, backend, status);
                drill?.Watch(backend.Name, status, over.Token);
                return !session.Stop.IsCancellationRequested;
            },
            backend => drill?.HoldsOf(backend.Name, over.Token) ?? new RunHolds([]),
            over.Token
        );
        Task watching = watch.Run(over.Token);
        Task first = await Task.WhenAny(run, watching).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        ImmutableArray<FaultReport> drills = drill is null
            ? []
            : await drill.End().ConfigureAwait(false);
        await first.ConfigureAwait(false);
        return await run.ConfigureAwait(false) with
        {
            Drills = [.. drills.Select(report => $"{report}")],
        };
    }

    private FaultDrill? DrillOf(
        ClusterExperiment experiment,
        ClusterDoor door,
        LocalNodes? nodes,
        ProgressLine progress
    ) =>
        nodes is null || request.Faults is not { } faults
            ? null
            : new FaultDrill(
                faults,
                new DrilledProcesses(nodes),
                door,
                experiment.Scenario.Backends[0].Name,
                experiment.Scenario.Duration,
                progress.Note
            );

    private void Show(ProgressLine progress, TimerBackend backend, RunStatus status)
    {
        // Of a long history the middle is left out, and another back-end has another one: not the number counts.
        int known = _noted is null ? -1 : status.History.LastIndexOf(_noted);
        foreach (string line in status.History.Skip(known + 1))
        {
            progress.Note($"{backend.Name}: {line}");
            _noted = line;
        }
        ShowWait(progress, backend, status);
        if (status.Phase == RunPhase.Running)
        {
            var reached = VirtualTime.FromNanoseconds(status.ReachedNanoseconds);
            progress.Show(backend, new RunProgress(reached, status.Events));
        }
    }

    /// <summary>What a run waits for is said once it has waited for two seconds.</summary>
    private void ShowWait(ProgressLine progress, TimerBackend backend, RunStatus status)
    {
        string? what = status.IsOver ? null : status.What;
        TimeSpan now = MonotonicTime.Now;
        if (what != _waits.What)
        {
            _waits = (what, now, false);
        }
        if (what is not null && !_waits.IsSaid && now - _waits.Since >= WaitUntilSaid)
        {
            _waits.IsSaid = true;
            progress.Note($"{backend.Name}: {what}");
        }
    }

    private static bool IsAboutTheCluster(Exception e) =>
        e
            is ClusterRunException
                or NodeEndedException
                or ClusterUnreachableException
                or ClusterBusyException;
}
