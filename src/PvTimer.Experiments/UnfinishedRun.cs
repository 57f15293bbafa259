using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using PvTimer.Engine;
using PvTimer.Model.State;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Experiments;

/// <summary>
/// What a run directory keeps of a run that is not finished, so that it can be: by nodes of a cluster or by one
/// process, whichever began it.
/// </summary>
/// <remarks>
/// <code>
///   run.json                              see <see cref="RunRecord"/>
///   checkpoints/scenario.conf             what is run
///   checkpoints/pvtimer/scenario.conf     the same, for the nodes to read
///   checkpoints/pvtimer/manifest-...      see <see cref="CheckpointStore"/>
/// </code>
/// Earlier results stay in the directory until this run's are written, see <see cref="RunDirectory.Write"/>.
/// </remarks>
public sealed class UnfinishedRun
{
    private readonly string _directory;

    private UnfinishedRun(string directory, Scenario scenario, RunRecord record)
    {
        _directory = directory;
        Scenario = scenario;
        Record = record;
    }

    /// <summary>What is run; events that were commanded in a finished back-end's run are in it.</summary>
    public Scenario Scenario { get; private set; }

    public RunRecord Record { get; private set; }

    /// <summary>A line for each checkpoint that could not be used, so far.</summary>
    public ImmutableArray<string> Damaged { get; private set; } = [];

    /// <summary>A run that begins now; what an earlier one kept here that was not finished is removed.</summary>
    /// <param name="directory">See <see cref="RunDirectory.Obstacle"/>.</param>
    /// <param name="scenario">What to run.</param>
    /// <param name="engine">What runs it in this process; null: nodes run it.</param>
    /// <param name="nodes">Processes, at least 1.</param>
    /// <param name="regions">Regions of each, at least 1.</param>
    /// <param name="checkpointEvery">Wall time between checkpoints on a cluster; zero: none but the last.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static UnfinishedRun Begin(
        string directory,
        Scenario scenario,
        EngineKind? engine,
        int nodes,
        int regions,
        TimeSpan checkpointEvery
    )
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ImmutableDictionary<string, string> ids = NewIds(scenario);
        string text = ScenarioWriter.Write(scenario);
        RunRecord record = new()
        {
            Started = DateTimeOffset.Now,
            Engine = engine,
            Nodes = nodes,
            Regions = regions,
            CheckpointMilliseconds = (int)checkpointEvery.TotalMilliseconds,
            Process = ProcessMark.Own,
            RunIds = ids,
            FirstIds = ids,
            ScenarioSha256 = [HashOf(text)],
        };
        RunDirectory.Begin(directory, record, text);
        return new UnfinishedRun(directory, scenario, record);
    }

    /// <summary>A run that was not finished, as its directory describes it.</summary>
    /// <exception cref="ResumeException">There is nothing to resume, or another process runs it.</exception>
    public static UnfinishedRun Resume(string directory)
    {
        if (!RunRecord.IsIn(directory))
        {
            throw new ResumeException(
                $"--resume: '{directory}' holds no run that is not finished; accepted: a run directory with a {RunRecord.Name}"
            );
        }
        if (WritableFolder.Obstacle(directory) is { } obstacle)
        {
            throw new ResumeException($"--resume: {obstacle}; accepted: a folder to write to");
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
        RefuseIfEdited(directory, record);
        ResultSwap.Complete(directory);
        UnfinishedRun run = new(directory, ReadScenario(directory), record);
        if (run.Scenario.Backends.Select(backend => backend.Name).Any(name => !record.Names(name)))
        {
            throw new ResumeException(
                $"--resume: '{directory}': {RunRecord.Name} names no run of a back-end; accepted: as pvtimer run wrote it"
            );
        }
        run.Keep(record with { Process = ProcessMark.Own });
        return run;
    }

    /// <summary>What the run is whose directory this is.</summary>
    /// <exception cref="ScenarioException">It is not there, or not what was written.</exception>
    public static Scenario ReadScenario(string directory) =>
        ScenarioReader.Read(ScenarioFileOf(directory), []);

    /// <summary>Has the directory say it from now on.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Keep(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        record.Write(_directory);
        Record = record;
    }

    /// <summary>Names that no cluster has run yet.</summary>
    public void Rename() => Keep(Record with { RunIds = NewIds(Scenario) });

    /// <summary>Notes wall time that a back-end has taken.</summary>
    public void AddWall(TimerBackend backend, TimeSpan wall)
    {
        string name = backend.Name;
        double seconds = Record.WallSeconds.GetValueOrDefault(name) + wall.TotalSeconds;
        Keep(Record with { WallSeconds = Record.WallSeconds.SetItem(name, seconds) });
    }

    /// <summary>The last checkpoint of a back-end; null if there is none.</summary>
    public CheckpointManifest? LastOf(TimerBackend backend)
    {
        RunSpec spec = SpecOf(backend);
        if (!Directory.Exists(spec.Directory))
        {
            return null;
        }
        CheckpointManifest? last = LocalCheckpoint.FindLast(
            spec,
            Scenario,
            out ImmutableArray<string> damaged
        );
        Damaged = [.. Damaged.Union(damaged, StringComparer.Ordinal)];
        return last is null ? null : Here(last, spec);
    }

    /// <summary>The end of a back-end that was finished; null if it was not.</summary>
    public CheckpointManifest? EndOf(TimerBackend backend) =>
        LastOf(backend) is { Done: true } end ? end : null;

    /// <summary>What a back-end's run is, with its scenario where the nodes read it.</summary>
    public RunSpec Prepare(TimerBackend backend)
    {
        RunSpec spec = SpecOf(backend);
        RunDirectory.Save(
            spec.Directory,
            RunDirectory.ScenarioName,
            File.ReadAllText(ScenarioFileOf(_directory))
        );
        return spec;
    }

    /// <summary>
    /// The same for nodes, whose directories may lack the checkpoints that are here: what was commanded of the run before
    /// is in its scenario, and it is said which commands those are.
    /// </summary>
    public RunSpec PrepareForNodes(TimerBackend backend)
    {
        RunSpec spec = Prepare(backend);
        return LastOf(backend)?.Run is { } last && File.Exists(last.ScenarioFile)
            ? spec with
            {
                ScenarioFile = last.ScenarioFile,
                Commands = last.Commands,
            }
            : spec;
    }

    /// <summary>Keeps the state of a back-end that this process ran.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Keep(TimerBackend backend, Resumption state, bool isDone) =>
        LocalCheckpoint.Write(Prepare(backend), state, isDone);

    /// <summary>The results of a back-end that was finished.</summary>
    /// <param name="backend">Which.</param>
    /// <param name="end">See <see cref="EndOf"/>.</param>
    /// <param name="isFirst">No back-end was finished before it.</param>
    /// <exception cref="ClusterRunException">The files are not there, or not what was written.</exception>
    public BackendResult ResultOf(TimerBackend backend, CheckpointManifest end, bool isFirst)
    {
        ArgumentNullException.ThrowIfNull(end);
        CheckpointManifest here = Here(end, SpecOf(backend));
        TakeOver(here, isFirst);
        try
        {
            ClusterResult result = ClusterResult.Read(here);
            double seconds = Record.WallSeconds.GetValueOrDefault(backend.Name);
            return BackendResult.Of(
                Scenario,
                backend,
                result.Machine,
                result.Outcome,
                TimeSpan.FromSeconds(seconds)
            );
        }
        catch (Exception e) when (e is CheckpointDamagedException or StateFormatException)
        {
            throw new ClusterRunException(
                $"the nodes' files are not in {here.Run.Directory} ({e.Message}); accepted: a run directory that all nodes share under one path, or one for each (pvtimer node --directory)"
            );
        }
    }

    /// <summary>
    /// What was commanded while a back-end ran belongs to the scenario from then on: the next back-ends meet
    /// it too, and whoever repeats the run.
    /// </summary>
    private void TakeOver(CheckpointManifest end, bool isFirst)
    {
        if (end.Run.ScenarioName == RunDirectory.ScenarioName)
        {
            return;
        }
        string text = File.ReadAllText(end.Run.ScenarioFile);
        // Whatever ends the process now, the directory resumes: with the one scenario or the other.
        Keep(Record with { ScenarioSha256 = [Record.ScenarioSha256[^1], HashOf(text)] });
        RunDirectory.Save(
            RunDirectory.ScenarioFolderOf(_directory),
            RunDirectory.ScenarioName,
            text
        );
        Scenario = ReadScenario(_directory);
        if (!isFirst)
        {
            string warning =
                $"events were commanded while {end.Run.Backend} ran: the back-ends before it have not met them";
            Scenario = Scenario with { Warnings = [.. Scenario.Warnings, warning] };
        }
    }

    private RunSpec SpecOf(TimerBackend backend)
    {
        string name = backend.Name;
        string own = Path.GetFullPath(RunDirectory.CheckpointsOf(_directory, name));
        return new RunSpec(
            Record.RunIds[name],
            Path.Combine(own, RunDirectory.ScenarioName),
            name,
            own,
            Record.CheckpointMilliseconds,
            Record.Nodes
        )
        {
            FirstId = Record.FirstIds[name],
        };
    }

    /// <summary>The directory may have been moved since, and a peer may say any other.</summary>
    private static CheckpointManifest Here(CheckpointManifest manifest, RunSpec spec) =>
        manifest with
        {
            Run = manifest.Run with
            {
                Directory = spec.Directory,
                ScenarioFile = Path.Combine(spec.Directory, manifest.Run.ScenarioName),
            },
        };

    private static void RefuseIfEdited(string directory, RunRecord record)
    {
        string file = ScenarioFileOf(directory);
        if (!record.ScenarioSha256.Contains(FileHash.Of(file), StringComparer.Ordinal))
        {
            throw new ResumeException(
                $"--resume: '{file}' is not the scenario that was run; accepted: as pvtimer run wrote it"
            );
        }
    }

    private static string HashOf(string scenario) => FileHash.Of(Encoding.UTF8.GetBytes(scenario));

    private static string ScenarioFileOf(string directory) =>
        Path.Combine(RunDirectory.ScenarioFolderOf(directory), RunDirectory.ScenarioName);

    private static ImmutableDictionary<string, string> NewIds(Scenario scenario) =>
        scenario.Backends.ToImmutableDictionary(
            backend => backend.Name,
            backend => $"{scenario.Name}-{backend.Name}-{Guid.NewGuid():N}",
            StringComparer.Ordinal
        );
}

/// <summary>A run cannot be resumed; the message is one line that says why.</summary>
public sealed class ResumeException(string message) : Exception(message);
