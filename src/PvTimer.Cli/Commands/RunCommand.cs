using System;
using System.CommandLine;
using PvTimer.Cli.Ops;
using PvTimer.Experiments;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer run SCENARIO: runs it, prints the comparison, writes the run directory.</summary>
internal sealed class RunCommand
{
    private readonly ScenarioOptions _of = new("Seed instead of the scenario's");

    private readonly JoinOptions _cluster = new("to run it on");

    private readonly ResultOptions _results = new(
        "Run directory; default runs/<scenario>-<seed>",
        "summary.json"
    );

    private readonly Option<int?> _nodes = new("--nodes")
    {
        Description = "Processes of this machine to run it on; default: this one alone",
        HelpName = "N",
    };

    private readonly Option<bool> _ownDirectories = new("--own-directories")
    {
        Description =
            "With --nodes: each keeps what it writes in a directory of its own, as on machines that share none; in DIR/nodes",
    };

    private readonly Option<string?> _checkpointEvery = new("--checkpoint-every")
    {
        Description =
            "With --nodes or --join: wall time between two checkpoints, or more where they would take over 2 % of it; 0s: none but the last; default: 2s",
        HelpName = "SPAN",
    };

    private readonly Option<string[]> _fault = new("--fault")
    {
        Description =
            "With --nodes: a drill, such as kill:node-2@50%, pause:coordinator@50%:2s, move:h3:node-1@30%, join@30%; see cluster/README.md",
        HelpName = "WHAT@WHEN",
    };

    private readonly Option<bool> _console = new("--console")
    {
        Description =
            "Show it in a browser meanwhile, and afterwards until Ctrl-C; on processes of its own",
    };

    private readonly Option<int> _consolePort = new("--console-port")
    {
        Description = "The console's port; 0, the default: any free one",
        HelpName = "P",
    };

    private readonly Option<bool> _allowControl = new("--allow-control")
    {
        Description = "With --console: let whoever has the control token change things",
    };

    private readonly Option<string?> _resume = new("--resume")
    {
        Description = "Finish the run whose directory this is",
        HelpName = "DIR",
    };

    private readonly Option<int?> _regions = new("--regions")
    {
        Description =
            "Kernels side by side, a thread each, in each process; default: 1 with --nodes, else as many as cores, but not more than hosts",
        HelpName = "N",
    };

    private readonly Option<bool> _force = new("--force")
    {
        Description = "Begin even what this machine seems too small for",
    };

    private readonly Option<string> _engine = new("--engine")
    {
        Description = "What runs the machine",
        HelpName = "actors|sequential",
        DefaultValueFactory = _ => "actors",
    };

    private readonly Session _session;

    /// <summary>The run directory, while it is this command's; null: it is not, or cannot be.</summary>
    private RunLock? _held;

    private RunCommand(Session session) => _session = session;

    public static Command Create(Session session)
    {
        RunCommand run = new(session);
        run._engine.AcceptOnlyFromAmong("actors", "sequential");
        Command command = new("run", "Run a scenario on each of its back-ends and compare them")
        {
            run._of.Scenario,
            run._of.Backend,
            run._of.Seed,
            run._of.Set,
            run._nodes,
            run._cluster.Join,
            run._cluster.Config,
            run._cluster.TokenFile,
            run._ownDirectories,
            run._checkpointEvery,
            run._fault,
            run._console,
            run._consolePort,
            run._allowControl,
            run._resume,
            run._regions,
            run._engine,
            run._force,
        };
        run._results.AddTo(command);
        command.SetAction(run.Invoke);
        return command;
    }

    private int Invoke(ParseResult parsed)
    {
        try
        {
            _held = parsed.GetValue(_resume) is { } resumed ? RunLock.TakeResumed(resumed) : null;
            return Execute(parsed);
        }
        finally
        {
            _held?.Dispose();
        }
    }

    private int Execute(ParseResult parsed)
    {
        RunEnding ending = new(_session, _results.IsJson(parsed));
        bool quiet = _results.IsQuiet(parsed);
        if (IsOnCluster(parsed))
        {
            RunOnCluster run = new(_session, ClusterRequest(parsed), quiet, ending);
            return run.Invoke().GetAwaiter().GetResult();
        }
        RunRefusals.Alone(parsed, _cluster.Config, _cluster.TokenFile, _allowControl, _consolePort);
        LocalExperiment experiment = parsed.GetValue(_resume) is { } resumed
            ? Resume(parsed, resumed)
            : Begin(parsed);
        return new RunAlone(_session, experiment, quiet, ending).Invoke();
    }

    private LocalExperiment Begin(ParseResult parsed)
    {
        EngineKind engine =
            parsed.GetValue(_engine) == "actors" ? EngineKind.Actors : EngineKind.Sequential;
        Scenario scenario = Read(parsed);
        int regions = Regions(parsed, engine, scenario);
        Check(parsed, scenario, nodes: 0, regions);
        return LocalExperiment.Begin(FreeDirectory(parsed, scenario), scenario, engine, regions);
    }

    private LocalExperiment Resume(ParseResult parsed, string directory)
    {
        RefuseBesideResume(parsed);
        int? regions = parsed.GetValue(_regions);
        RunRefusals.AtLeastOne(_regions, regions ?? 1);
        LocalExperiment experiment = LocalExperiment.Resume(directory, regions);
        Check(parsed, experiment.Scenario, nodes: 0, experiment.Regions);
        return experiment;
    }

    private void CheckResumed(ParseResult parsed, string directory, bool isLaunched)
    {
        if (RunRecord.IsIn(directory))
        {
            RunRecord record = RunRecord.Read(directory);
            int nodes = isLaunched ? parsed.GetValue(_nodes) ?? record.Nodes : 0;
            int regions = parsed.GetValue(_regions) ?? record.Regions;
            Check(parsed, UnfinishedRun.ReadScenario(directory), nodes, regions);
        }
    }

    private void Check(ParseResult parsed, Scenario scenario, int nodes, int regions) =>
        MachineCapacity.Check(
            MachineCapacity.OfThisMachine().ObstacleOf(scenario, nodes, regions),
            parsed.GetValue(_force)
        );

    private bool IsOnCluster(ParseResult parsed)
    {
        bool isOnCluster =
            RunRefusals.AtLeastOne(_nodes, parsed.GetValue(_nodes) ?? 1) > 1
            || parsed.GetValue(_cluster.Join) is { Length: > 0 }
            || (parsed.GetValue(_resume) is { } resumed && !RunRecord.IsOfOneProcess(resumed))
            || parsed.GetValue(_ownDirectories)
            || parsed.GetValue(_checkpointEvery) is not null
            || parsed.GetValue(_console)
            || parsed.GetValue(_fault) is { Length: > 0 };
        if (isOnCluster && parsed.GetValue(_engine) == "sequential")
        {
            throw new UsageException(
                "--engine: the sequential engine runs in one process; accepted: actors, or no --nodes, --join, --own-directories, --checkpoint-every, --fault, --console and --resume"
            );
        }
        return isOnCluster;
    }

    private ClusterRequest ClusterRequest(ParseResult parsed)
    {
        string[] join = _cluster.Endpoints(parsed);
        int? regions = parsed.GetValue(_regions);
        if (regions is not null && join.Length > 0)
        {
            throw new UsageException(
                "--regions: the nodes of a cluster that is joined have theirs; accepted: no --regions with --join"
            );
        }
        if (parsed.GetValue(_ownDirectories) && join.Length > 0)
        {
            throw new UsageException(
                "--own-directories: the nodes of a cluster that is joined have theirs, or have not; accepted: with --nodes, or pvtimer node --directory"
            );
        }
        RunRefusals.AtLeastOne(_regions, regions ?? 1);
        ClientKeys keys = _cluster.Keys(parsed);
        if (parsed.GetValue(_resume) is { } directory)
        {
            RefuseBesideResume(parsed);
            CheckResumed(parsed, directory, isLaunched: join.Length == 0);
            return new ClusterRequest(null, directory, parsed.GetValue(_nodes), regions, [.. join])
            {
                Tls = keys.Tls,
                Token = keys.Token,
                Console = Console(parsed),
            };
        }
        Scenario scenario = Read(parsed);
        int launched = join.Length > 0 ? 0 : parsed.GetValue(_nodes) ?? 1;
        Check(parsed, scenario, launched, regions ?? 1);
        return new ClusterRequest(
            scenario,
            FreeDirectory(parsed, scenario),
            parsed.GetValue(_nodes),
            regions,
            [.. join]
        )
        {
            CheckpointEvery = RunValues.CheckpointEvery(
                _checkpointEvery,
                parsed.GetValue(_checkpointEvery)
            ),
            Faults = RunValues.Faults(
                _fault,
                parsed.GetValue(_fault) ?? [],
                parsed.GetValue(_nodes),
                join,
                scenario
            ),
            OwnDirectories = parsed.GetValue(_ownDirectories),
            Tls = keys.Tls,
            Token = keys.Token,
            Console = Console(parsed),
        };
    }

    /// <summary>A run that is resumed goes on as it was begun.</summary>
    private void RefuseBesideResume(ParseResult parsed) =>
        RunRefusals.BesideResume(
            parsed,
            _of.Scenario,
            _of.Backend,
            _of.Seed,
            _of.Set,
            _results.Out,
            _ownDirectories,
            _checkpointEvery,
            _fault,
            _engine
        );

    private RunConsole? Console(ParseResult parsed)
    {
        bool isWanted = parsed.GetValue(_console);
        if (!isWanted && (parsed.GetValue(_allowControl) || parsed.GetValue(_consolePort) != 0))
        {
            throw new UsageException(
                $"{_allowControl.Name} and {_consolePort.Name} are about a console; accepted: with {_console.Name}"
            );
        }
        return isWanted
            ? new RunConsole(parsed.GetValue(_consolePort), parsed.GetValue(_allowControl))
            : null;
    }

    private Scenario Read(ParseResult parsed) =>
        ScenarioReader.ReadOverridden(_of.File(parsed), [.. _of.Overrides(parsed)]);

    private string FreeDirectory(ParseResult parsed, Scenario scenario)
    {
        string directory = _results.Directory(parsed) ?? RunDirectories.Usual(scenario);
        _held = RunLock.Take(directory);
        return RunDirectory.Obstacle(directory) is { } obstacle
            ? throw new UsageException(
                $"--out: {obstacle}; accepted: a free place or an earlier run"
            )
            : directory;
    }

    /// <summary>
    /// To cut a host in two does not pay: its CPUs are nanoseconds apart, so the regions would wait for each
    /// other all the time.
    /// </summary>
    private int Regions(ParseResult parsed, EngineKind engine, Scenario scenario)
    {
        int? asked = parsed.GetValue(_regions);
        if (engine == EngineKind.Sequential)
        {
            return asked is null or 1
                ? 1
                : throw new UsageException(
                    "--regions: the sequential engine has one; accepted: 1, or --engine actors"
                );
        }
        return RunRefusals.AtLeastOne(
            _regions,
            asked ?? Math.Min(Environment.ProcessorCount, scenario.Hosts)
        );
    }
}
