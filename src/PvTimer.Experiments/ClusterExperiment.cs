using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Model.Description;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Experiments;

/// <summary>
/// Runs a scenario on a cluster, one back-end after the other, from a run directory that says at every moment
/// what is finished: whoever finds it can have it finished.
/// </summary>
/// <remarks>
/// <code>
///   run.json                              see <see cref="RunRecord"/>
///   scenario.conf                         what is run
///   checkpoints/pvtimer/scenario.conf     the same, for the nodes to read
///   checkpoints/pvtimer/manifest-...      see <see cref="CheckpointStore"/>
/// </code>
/// </remarks>
public sealed class ClusterExperiment
{
    private const string ScenarioFile = "scenario.conf";

    private readonly string _directory;
    private RunRecord _record;

    private ClusterExperiment(string directory, Scenario scenario, RunRecord record)
    {
        _directory = directory;
        Scenario = scenario;
        _record = record;
    }

    /// <summary>What is run; events that were commanded in a finished back-end's run are in it.</summary>
    public Scenario Scenario { get; private set; }

    public RunRecord Record => _record;

    /// <summary>Makes the run directory; an earlier, finished run in its place is removed.</summary>
    /// <param name="directory">See <see cref="RunDirectory.Obstacle"/>.</param>
    /// <param name="scenario">What to run.</param>
    /// <param name="nodes">Processes, at least 1.</param>
    /// <param name="regions">Regions of each, at least 1.</param>
    /// <param name="checkpointEvery">Wall time between checkpoints; zero: none but the last.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static ClusterExperiment Begin(
        string directory,
        Scenario scenario,
        int nodes,
        int regions,
        TimeSpan checkpointEvery
    )
    {
        ArgumentNullException.ThrowIfNull(scenario);
        RunRecord record = new()
        {
            Started = DateTimeOffset.Now,
            Nodes = nodes,
            Regions = regions,
            CheckpointMilliseconds = (int)checkpointEvery.TotalMilliseconds,
            Process = ProcessMark.Own,
            RunIds = NewIds(scenario),
        };
        RunDirectory.Begin(directory, record, ScenarioWriter.Write(scenario));
        return new ClusterExperiment(directory, scenario, record);
    }

    /// <summary>A run that was not finished, as its directory describes it.</summary>
    /// <exception cref="ResumeException">There is nothing to resume, or somebody runs it.</exception>
    public static ClusterExperiment Resume(string directory)
    {
        if (!RunRecord.IsIn(directory))
        {
            throw new ResumeException(
                $"--resume: '{directory}' holds no run that is not finished; accepted: a run directory with a {RunRecord.Name}"
            );
        }
        RunRecord record = RunRecord.Read(directory);
        if (record.IsBeingRun)
        {
            throw new ResumeException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"--resume: '{directory}' is being run by process {record.Process.Id}"
                )
            );
        }
        Scenario scenario = ScenarioReader.Read(Path.Combine(directory, ScenarioFile), []);
        record = record with { Process = ProcessMark.Own };
        record.Write(directory);
        return new ClusterExperiment(directory, scenario, record);
    }

    /// <summary>Says on how many nodes it goes on.</summary>
    /// <param name="nodes">Processes, at least 1.</param>
    /// <param name="regions">Regions of each, at least 1.</param>
    public void Resize(int nodes, int regions) =>
        Keep(_record with { Nodes = nodes, Regions = regions });

    /// <summary>
    /// Goes on with the run that the cluster still has, if it has one of these; else begins under new names:
    /// a cluster never runs a name twice.
    /// </summary>
    /// <param name="running">What the cluster runs now; null: nothing.</param>
    public void Adopt(string? running)
    {
        if (running is null || !_record.RunIds.ContainsValue(running))
        {
            Keep(_record with { RunIds = NewIds(Scenario) });
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
                EndOf(backend)
                ?? await RunOne(door, backend, goOn, holdsOf(backend), abandon)
                    .ConfigureAwait(false);
            if (end is null)
            {
                break;
            }
            TakeOver(end, isFirst: finished.Count == 0);
            finished.Add(ResultOf(backend, end));
        }
        bool interrupted = finished.Count < Scenario.Backends.Length;
        return new ExperimentResult(
            Scenario,
            EngineKind.Actors,
            _record.Nodes,
            _record.Regions,
            [.. finished],
            interrupted
        );
    }

    /// <summary>
    /// What was commanded while a back-end ran belongs to the scenario from then on: the next back-ends meet
    /// it too, and whoever repeats the run.
    /// </summary>
    private void TakeOver(CheckpointManifest end, bool isFirst)
    {
        if (Path.GetFileName(end.Run.ScenarioFile) == ScenarioFile)
        {
            return;
        }
        RunDirectory.Save(_directory, ScenarioFile, File.ReadAllText(end.Run.ScenarioFile));
        Scenario = ScenarioReader.Read(Path.Combine(_directory, ScenarioFile), []);
        if (!isFirst)
        {
            string warning =
                $"events were commanded while {end.Run.Backend} ran: the back-ends before it have not met them";
            Scenario = Scenario with { Warnings = [.. Scenario.Warnings, warning] };
        }
    }

    /// <summary>The results are written: nobody needs what they were made from any more.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    public void Conclude()
    {
        Keep(_record with { IsWritten = true });
        RunDirectory.RemoveTraces(_directory);
    }

    /// <summary>The last checkpoint of a back-end that has been finished before.</summary>
    private CheckpointManifest? EndOf(TimerBackend backend)
    {
        RunSpec spec = SpecOf(backend);
        CheckpointManifest? last = new CheckpointStore(spec.Directory).FindLast(out _);
        // The directory may have been moved since.
        return last is { Done: true }
            ? last with
            {
                Run = last.Run with
                {
                    Directory = spec.Directory,
                    ScenarioFile = Path.Combine(
                        spec.Directory,
                        Path.GetFileName(last.Run.ScenarioFile)
                    ),
                },
            }
            : null;
    }

    private async Task<CheckpointManifest?> RunOne(
        ClusterDoor door,
        TimerBackend backend,
        Func<TimerBackend, RunStatus, bool> goOn,
        RunHolds holds,
        CancellationToken abandon
    )
    {
        RunSpec spec = SpecOf(backend);
        RunDirectory.Save(
            spec.Directory,
            ScenarioFile,
            File.ReadAllText(Path.Combine(_directory, ScenarioFile))
        );
        long started = Stopwatch.GetTimestamp();
        RunStatus last = await ClusterRun
            .Execute(door, spec, Patience, status => goOn(backend, status), holds, abandon)
            .ConfigureAwait(false);
        string name = ScenarioReader.NameOf(backend);
        double seconds =
            _record.WallSeconds.GetValueOrDefault(name)
            + Stopwatch.GetElapsedTime(started).TotalSeconds;
        Keep(_record with { WallSeconds = _record.WallSeconds.SetItem(name, seconds) });
        return last.Phase switch
        {
            RunPhase.Done => last.Result,
            RunPhase.Stopped => null,
            _ => throw new ClusterRunException($"{name} broke: {last.What}"),
        };
    }

    private BackendResult ResultOf(TimerBackend backend, CheckpointManifest end)
    {
        try
        {
            ClusterResult result = ClusterResult.Read(end);
            double seconds = _record.WallSeconds.GetValueOrDefault(ScenarioReader.NameOf(backend));
            return BackendResult.Of(
                Scenario,
                backend,
                result.Machine,
                result.Outcome,
                TimeSpan.FromSeconds(seconds)
            );
        }
        catch (CheckpointDamagedException e)
        {
            throw new ClusterRunException(
                $"the nodes' files are not in {end.Run.Directory} ({e.Message}); accepted: a run directory that all nodes share under one path"
            );
        }
    }

    private RunSpec SpecOf(TimerBackend backend)
    {
        string name = ScenarioReader.NameOf(backend);
        string own = Path.GetFullPath(RunDirectory.CheckpointsOf(_directory, name));
        return new RunSpec(
            _record.RunIds[name],
            Path.Combine(own, ScenarioFile),
            name,
            own,
            _record.CheckpointMilliseconds,
            _record.Nodes
        );
    }

    private void Keep(RunRecord record)
    {
        record.Write(_directory);
        _record = record;
    }

    private static ImmutableDictionary<string, string> NewIds(Scenario scenario) =>
        scenario.Backends.ToImmutableDictionary(
            ScenarioReader.NameOf,
            backend => $"{scenario.Name}-{ScenarioReader.NameOf(backend)}-{Guid.NewGuid():N}",
            StringComparer.Ordinal
        );

    private static TimeSpan Patience { get; } = TimeSpan.FromSeconds(20);
}

/// <summary>A run on a cluster broke; the message is one line.</summary>
public sealed class ClusterRunException(string message) : Exception(message);

/// <summary>A run cannot be resumed; the message is one line that says why.</summary>
public sealed class ResumeException(string message) : Exception(message);
