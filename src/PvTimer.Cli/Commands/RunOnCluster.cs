using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Cli.Display;
using PvTimer.Engine;
using PvTimer.Experiments;
using PvTimer.Model.Description;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Launching;

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
}

/// <summary>pvtimer run with --nodes, --join or --resume: launches nodes or joins some, and watches the run.</summary>
internal sealed class RunOnCluster(
    Session session,
    ClusterRequest request,
    bool quiet,
    RunEnding ending
)
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(200);

    private int _noted;
    private volatile bool _hasFormed;

    public async Task<int> Invoke()
    {
        ClusterExperiment experiment = request.Scenario is null
            ? ClusterExperiment.Resume(request.Directory)
            : ClusterExperiment.Begin(
                request.Directory,
                request.Scenario,
                request.Nodes ?? 1,
                request.Regions ?? 1,
                request.CheckpointEvery
            );
        if (request.Scenario is null)
        {
            experiment.Resize(
                request.Nodes ?? experiment.Record.Nodes,
                request.Regions ?? experiment.Record.Regions
            );
        }
        await using LocalNodes? nodes = request.Join.IsEmpty ? Launch(experiment) : null;
        await using ClusterDoor door = new(request.Join);
        await Enter(experiment, door, nodes).ConfigureAwait(false);
        ending.Begin(
            experiment.Scenario,
            EngineKind.Actors,
            experiment.Record.Nodes,
            experiment.Record.Regions
        );
        ExperimentResult result = await Run(experiment, door, nodes).ConfigureAwait(false);
        int code = ending.Finish(result, request.Directory);
        if (result.Interrupted)
        {
            session.Error.WriteLine($"pvtimer: to go on: pvtimer run --resume {request.Directory}");
        }
        else
        {
            experiment.Conclude();
        }
        return code;
    }

    private LocalNodes Launch(ClusterExperiment experiment) =>
        LocalNodes.Start(
            NodeProgram.Own(typeof(Program).Assembly.Location),
            request.Directory,
            experiment.Record.Nodes,
            experiment.Record.Regions,
            experiment.Scenario.Placement.Policy
        );

    /// <summary>Gets to know the cluster: the nodes that were launched, or those that are there.</summary>
    private async Task Enter(ClusterExperiment experiment, ClusterDoor door, LocalNodes? nodes)
    {
        if (nodes is not null)
        {
            door.Learn([await nodes.Nodes[0].Listening.ConfigureAwait(false)]);
            if (request.Scenario is null)
            {
                experiment.Adopt(running: null);
            }
            return;
        }
        ClusterStatus status = await door.Ask<ClusterStatus>(AskCluster.Instance)
            .ConfigureAwait(false);
        if (request.Scenario is null)
        {
            experiment.Adopt(status.Run is { IsOver: false } run ? run.Id : null);
        }
        MemberStatusLine[] up = [.. status.Members.Where(member => member.Status == "Up")];
        int regions = up.Select(member => member.Report?.Seat.Regions ?? 1).DefaultIfEmpty(1).Max();
        experiment.Resize(request.Nodes ?? Math.Max(1, up.Length), regions);
    }

    private async Task<ExperimentResult> Run(
        ClusterExperiment experiment,
        ClusterDoor door,
        LocalNodes? nodes
    )
    {
        using ProgressLine progress = new(session, experiment.Scenario, quiet);
        using CancellationTokenSource over = new();
        Task<ExperimentResult> run = experiment.Run(
            door,
            (backend, status) => Show(progress, backend, status),
            over.Token
        );
        Task watch = Watch(door, nodes, over.Token);
        Task first = await Task.WhenAny(run, watch).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await first.ConfigureAwait(false);
        return await run.ConfigureAwait(false);
    }

    private bool Show(ProgressLine progress, TimerBackend backend, RunStatus status)
    {
        if (status.History.Length < _noted)
        {
            _noted = 0;
        }
        foreach (string line in status.History.Skip(_noted))
        {
            progress.Note($"{ScenarioReader.NameOf(backend)}: {line}");
        }
        _noted = status.History.Length;
        _hasFormed |= status.Phase == RunPhase.Running;
        var reached = VirtualTime.FromNanoseconds(status.ReachedNanoseconds);
        progress.Show(backend, new RunProgress(reached, status.Events));
        return !session.Stop.IsCancellationRequested;
    }

    /// <summary>
    /// Keeps nodes.json, and ends the run when nobody is left to run it: a node that does not come up, or
    /// the last one gone.
    /// </summary>
    private async Task Watch(ClusterDoor door, LocalNodes? nodes, CancellationToken over)
    {
        NodesFile? written = null;
        while (!over.IsCancellationRequested)
        {
            if (nodes is not null)
            {
                Check(nodes);
                door.Learn(
                    nodes
                        .Nodes.Where(node => node.Listening.IsCompletedSuccessfully)
                        .Select(node => node.Listening.Result)
                );
            }
            try
            {
                ClusterStatus status = await door.Ask<ClusterStatus>(AskCluster.Instance)
                    .ConfigureAwait(false);
                NodesFile now = NodesFile.Of(status);
                if (!now.Equals(written))
                {
                    now.Write(request.Directory);
                    written = now;
                }
            }
            catch (ClusterUnreachableException)
            {
                // The run has more patience than that.
            }
            await Task.WhenAny(Task.Delay(WatchInterval, over)).ConfigureAwait(false);
        }
    }

    private void Check(LocalNodes nodes)
    {
        bool mustBeThere = !_hasFormed || nodes.Nodes.All(node => node.HasEnded);
        if (mustBeThere && nodes.Misfortune is { } line)
        {
            throw new NodeEndedException(
                $"{line}; pvtimer run --resume {request.Directory} goes on from its last checkpoint"
            );
        }
    }
}
