using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;

namespace PvTimer.Experiments;

/// <summary>
/// Runs a scenario in this process so that an interruption costs nothing: what is finished is not run again,
/// and the rest goes on from where it was.
/// </summary>
public sealed class LocalExperiment
{
    private readonly List<State> _states = [];
    private UnfinishedRun? _kept;

    /// <summary>Where a back-end stands that was run here.</summary>
    private sealed record State(
        TimerBackend Backend,
        Resumption Machine,
        bool IsDone,
        TimeSpan Wall
    );

    private LocalExperiment(string directory, Scenario scenario, EngineKind engine, int regions)
    {
        Directory = directory;
        Scenario = scenario;
        Engine = engine;
        Regions = regions;
    }

    /// <summary>The run directory.</summary>
    public string Directory { get; }

    /// <summary>What is run.</summary>
    public Scenario Scenario { get; }

    /// <summary>What runs it.</summary>
    public EngineKind Engine { get; }

    /// <summary>Kernels side by side.</summary>
    public int Regions { get; }

    /// <inheritdoc cref="UnfinishedRun.Damaged"/>
    public ImmutableArray<string> Damaged => _kept?.Damaged ?? [];

    /// <summary>A run that begins; nothing is written until <see cref="Keep"/>.</summary>
    /// <param name="directory">See <see cref="RunDirectory.Obstacle"/>.</param>
    /// <param name="scenario">What to run.</param>
    /// <param name="engine">What runs it.</param>
    /// <param name="regions">Kernels side by side, at least 1; the sequential engine has one.</param>
    public static LocalExperiment Begin(
        string directory,
        Scenario scenario,
        EngineKind engine,
        int regions
    ) => new(directory, scenario, engine, regions);

    /// <summary>A run that was interrupted, as its directory describes it.</summary>
    /// <param name="directory">Where it was kept.</param>
    /// <param name="regions">Kernels side by side; null: as before.</param>
    /// <inheritdoc cref="UnfinishedRun.Resume"/>
    public static LocalExperiment Resume(string directory, int? regions)
    {
        UnfinishedRun run = UnfinishedRun.Resume(directory);
        return new LocalExperiment(
            directory,
            run.Scenario,
            run.Record.Engine ?? EngineKind.Actors,
            regions ?? run.Record.Regions
        )
        {
            _kept = run,
        };
    }

    /// <inheritdoc cref="Experiment.Run(Scenario, EngineKind, int, Func{TimerBackend, RunProgress, bool})"/>
    public ExperimentResult Run(Func<TimerBackend, RunProgress, bool> goOn) =>
        Experiment.Run(Scenario, Engine, Regions, goOn, this);

    /// <summary>Has the directory keep what was reached, so that <see cref="Resume"/> goes on from it.</summary>
    /// <param name="checkpointEvery">Wall time between checkpoints, should a cluster go on with it.</param>
    /// <exception cref="System.IO.IOException">It cannot be written.</exception>
    public void Keep(TimeSpan checkpointEvery)
    {
        _kept ??= UnfinishedRun.Begin(
            Directory,
            Scenario,
            Engine,
            nodes: 1,
            Regions,
            checkpointEvery
        );
        foreach (State state in _states)
        {
            _kept.Keep(state.Backend, state.Machine, state.IsDone);
            _kept.AddWall(state.Backend, state.Wall);
        }
        _states.Clear();
    }

    /// <summary>The results of a back-end that was finished before the interruption; null if it was not.</summary>
    internal BackendResult? FinishedBefore(TimerBackend backend) =>
        _kept?.EndOf(backend) is { } end
            ? _kept.ResultOf(backend, end, isFirst: backend == Scenario.Backends[0])
            : null;

    /// <summary>A back-end's machine, and what it goes on from; null: it begins.</summary>
    internal (EmulatedMachine Machine, Resumption? From, TimeSpan Wall) MachineOf(
        TimerBackend backend
    )
    {
        if (_kept?.LastOf(backend) is not { } last)
        {
            EmulatedMachine machine = EmulatedMachine.Build(
                MachineDescriptionBuilder.Build(Scenario, backend)
            );
            return (machine, null, TimeSpan.Zero);
        }
        (EmulatedMachine frozen, Resumption from) = LocalCheckpoint.Read(last);
        double seconds = _kept.Record.WallSeconds.GetValueOrDefault(backend.Name);
        return (frozen, from, TimeSpan.FromSeconds(seconds));
    }

    /// <summary>Holds on to where a back-end stands.</summary>
    /// <param name="backend">Which.</param>
    /// <param name="machine">Its state.</param>
    /// <param name="isDone">It is finished.</param>
    /// <param name="wall">What it took in this process.</param>
    internal void Hold(TimerBackend backend, Resumption machine, bool isDone, TimeSpan wall) =>
        _states.Add(new State(backend, machine, isDone, wall));
}
