using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Experiments;

/// <summary>
/// Runs a scenario on a cluster, one back-end after the other, from a run directory that says at every moment
/// what is finished: any process that finds it can have it finished. See <see cref="UnfinishedRun"/>.
/// </summary>
public sealed class ClusterExperiment
{
    private readonly UnfinishedRun _run;

    private ClusterExperiment(UnfinishedRun run) => _run = run;

    /// <summary>What is run; events that were commanded in a finished back-end's run are in it.</summary>
    public Scenario Scenario => _run.Scenario;

    public RunRecord Record => _run.Record;

    /// <summary>Makes the run directory; earlier results in it stay until this run's are written.</summary>
    /// <param name="directory">See <see cref="RunDirectory.Obstacle"/>.</param>
    /// <param name="scenario">What to run.</param>
    /// <param name="nodes">Processes, at least 1.</param>
    /// <param name="regions">Regions of each, at least 1.</param>
    /// <param name="checkpointEvery">Wall time between checkpoints; zero: none but the last.</param>
    /// <exception cref="System.IO.IOException">It cannot be written.</exception>
    public static ClusterExperiment Begin(
        string directory,
        Scenario scenario,
        int nodes,
        int regions,
        TimeSpan checkpointEvery
    ) =>
        new(
            UnfinishedRun.Begin(directory, scenario, engine: null, nodes, regions, checkpointEvery)
        );

    /// <inheritdoc cref="UnfinishedRun.Resume"/>
    public static ClusterExperiment Resume(string directory)
    {
        UnfinishedRun run = UnfinishedRun.Resume(directory);
        run.Keep(run.Record with { Engine = null });
        return new ClusterExperiment(run);
    }

    /// <summary>Says on how many nodes it goes on.</summary>
    /// <param name="nodes">Processes, at least 1.</param>
    /// <param name="regions">Regions of each, at least 1.</param>
    public void Resize(int nodes, int regions) =>
        _run.Keep(Record with { Nodes = nodes, Regions = regions });

    /// <summary>
    /// Goes on with the run that the cluster still has, if it has one of these; else begins under new names:
    /// a cluster never runs a name twice.
    /// </summary>
    /// <param name="running">What the cluster runs now; null: nothing.</param>
    public void Adopt(string? running)
    {
        if (running is null || !Record.RunIds.ContainsValue(running))
        {
            _run.Rename();
        }
    }

    /// <summary>Runs what is not finished.</summary>
    /// <param name="door">The way into the cluster.</param>
    /// <param name="goOn">
    /// Told what the cluster says of a back-end's run; false has it stopped at its next barrier.
    /// </param>
    /// <param name="holdsOf">Where a back-end's run stands still.</param>
    /// <param name="abandon">Gives up at once; the cluster is told nothing.</param>
    /// <exception cref="ClusterRunException">A run broke; its checkpoints are kept.</exception>
    /// <exception cref="ClusterUnreachableException">No node has answered for too long.</exception>
    public async Task<ExperimentResult> Run(
        ClusterDoor door,
        Func<TimerBackend, RunStatus, bool> goOn,
        Func<TimerBackend, RunHolds> holdsOf,
        CancellationToken abandon
    )
    {
        List<BackendResult> finished = [];
        foreach (TimerBackend backend in Scenario.Backends)
        {
            CheckpointManifest? end =
                _run.EndOf(backend)
                ?? await RunOne(door, backend, goOn, holdsOf(backend), abandon)
                    .ConfigureAwait(false);
            if (end is null)
            {
                break;
            }
            finished.Add(_run.ResultOf(backend, end, isFirst: finished.Count == 0));
        }
        bool interrupted = finished.Count < Scenario.Backends.Length;
        return new ExperimentResult(
            Scenario,
            EngineKind.Actors,
            Record.Nodes,
            Record.Regions,
            [.. finished],
            interrupted
        );
    }

    private async Task<CheckpointManifest?> RunOne(
        ClusterDoor door,
        TimerBackend backend,
        Func<TimerBackend, RunStatus, bool> goOn,
        RunHolds holds,
        CancellationToken abandon
    )
    {
        RunSpec spec = _run.PrepareForNodes(backend);
        long started = Stopwatch.GetTimestamp();
        RunStatus last = await ClusterRun
            .Execute(door, spec, Patience, status => goOn(backend, status), holds, abandon)
            .ConfigureAwait(false);
        _run.AddWall(backend, Stopwatch.GetElapsedTime(started));
        return last.Phase switch
        {
            RunPhase.Done => last.Result,
            RunPhase.Stopped => null,
            _ => throw new ClusterRunException($"{backend.Name} broke: {last.What}"),
        };
    }

    private static TimeSpan Patience { get; } = TimeSpan.FromSeconds(20);
}

/// <summary>A run on a cluster broke; the message is one line.</summary>
public sealed class ClusterRunException(string message) : Exception(message);
