using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer run SCENARIO: runs it, prints the comparison, writes the run directory.</summary>
internal sealed class RunCommand
{
    private readonly Argument<string> _scenario = new("SCENARIO")
    {
        Description = "A scenario file",
    };

    private readonly Option<string?> _backend = new("--backend")
    {
        Description = "Back-ends instead of the scenario's: hrtimer, pvtimer",
        HelpName = "a,b,..",
    };

    private readonly Option<ulong?> _seed = new("--seed")
    {
        Description = "Seed instead of the scenario's",
        HelpName = "N",
    };

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Any key of the scenario; elements of lists by their index",
        HelpName = "path=value",
    };

    private readonly Option<int> _nodes = new("--nodes")
    {
        Description = "Processes",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int?> _regions = new("--regions")
    {
        Description =
            "Kernels side by side, a thread each; default: as many as cores, but not more than hosts",
        HelpName = "N",
    };

    private readonly Option<string> _engine = new("--engine")
    {
        Description = "What runs the machine",
        HelpName = "actors|sequential",
        DefaultValueFactory = _ => "actors",
    };

    private readonly Option<string?> _out = new("--out")
    {
        Description = "Run directory; default runs/<scenario>-<seed>",
        HelpName = "DIR",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print summary.json, and nothing else",
    };

    private readonly Option<bool> _quiet = new("--quiet") { Description = "Show no progress" };

    private readonly Session _session;

    private RunCommand(Session session) => _session = session;

    public static Command Create(Session session)
    {
        RunCommand run = new(session);
        run._engine.AcceptOnlyFromAmong("actors", "sequential");
        Command command = new("run", "Run a scenario on each of its back-ends and compare them")
        {
            run._scenario,
            run._backend,
            run._seed,
            run._set,
            run._nodes,
            run._regions,
            run._engine,
            run._out,
            run._json,
            run._quiet,
        };
        command.SetAction(run.Invoke);
        return command;
    }

    private int Invoke(ParseResult parsed)
    {
        DateTimeOffset started = DateTimeOffset.Now;
        long clock = Stopwatch.GetTimestamp();
        if (AtLeastOne(_nodes, parsed.GetValue(_nodes)) > 1)
        {
            throw new UsageException(
                "--nodes: this version runs in one process; accepted: --nodes 1, and --regions N for more cores"
            );
        }
        EngineKind engine =
            parsed.GetValue(_engine) == "actors" ? EngineKind.Actors : EngineKind.Sequential;
        Scenario scenario = ScenarioReader.Read(parsed.GetValue(_scenario)!, Sets(parsed));
        int regions = Regions(parsed, engine, scenario);
        string directory =
            parsed.GetValue(_out)
            ?? string.Create(
                CultureInfo.InvariantCulture,
                $"runs/{FileName(scenario.Name)}-{scenario.Seed}"
            );
        if (RunDirectory.Obstacle(directory) is { } obstacle)
        {
            throw new UsageException(
                $"--out: {obstacle}; accepted: a free place or an earlier run"
            );
        }
        bool json = parsed.GetValue(_json);
        string header = RunHeader.Of(scenario, engine, regions);
        (json ? _session.Error : _session.Output).WriteLine(header);
        foreach (string warning in scenario.Warnings)
        {
            _session.Error.WriteLine($"pvtimer: warning: {warning}");
        }
        ExperimentResult result = Run(scenario, engine, regions, parsed.GetValue(_quiet));
        return Finish(result, directory, started, clock, header, json);
    }

    private ExperimentResult Run(Scenario scenario, EngineKind engine, int regions, bool quiet)
    {
        using ProgressLine progress = new(_session, scenario, quiet);
        return Experiment.Run(
            scenario,
            engine,
            regions,
            (backend, reached) =>
            {
                progress.Show(backend, reached);
                return !_session.Stop.IsCancellationRequested;
            }
        );
    }

    private int Finish(
        ExperimentResult result,
        string directory,
        DateTimeOffset started,
        long clock,
        string header,
        bool json
    )
    {
        if (result.Backends.IsEmpty)
        {
            _session.Error.WriteLine("pvtimer: interrupted before a back-end was finished");
            return ExitCode.Interrupted;
        }
        string tables = header + "\n" + ComparisonTable.Plain(result);
        TimeSpan wall = Stopwatch.GetElapsedTime(clock);
        RunDirectory.Write(
            directory,
            result,
            Manifest.Of(result, started, wall, directory),
            tables
        );
        if (json)
        {
            _session.Output.Write(SummaryDocument.Write(SummaryDocument.Of(result)));
        }
        else
        {
            ComparisonTable.Print(result, _session);
            _session.Output.WriteLine($"Written to {directory}");
        }
        foreach (ThresholdVerdict verdict in result.Verdicts.Where(verdict => !verdict.Holds))
        {
            _session.Error.WriteLine($"pvtimer: threshold not kept: {verdict}");
        }
        if (result.Interrupted)
        {
            _session.Error.WriteLine("pvtimer: interrupted; the finished back-ends are written");
            return ExitCode.Interrupted;
        }
        return result.Verdicts.All(verdict => verdict.Holds) ? ExitCode.Done : ExitCode.CheckFailed;
    }

    private List<string> Sets(ParseResult parsed)
    {
        List<string> sets = [.. parsed.GetValue(_set) ?? []];
        if (parsed.GetValue(_backend) is { } backends)
        {
            sets.Add($"backends=[{backends}]");
        }
        if (parsed.GetValue(_seed) is { } seed)
        {
            sets.Add(string.Create(CultureInfo.InvariantCulture, $"seed={seed}"));
        }
        return sets;
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
        return AtLeastOne(_regions, asked ?? Math.Min(Environment.ProcessorCount, scenario.Hosts));
    }

    private static int AtLeastOne(Option option, int value) =>
        value >= 1
            ? value
            : throw new UsageException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{option.Name}: {value} is out of range; accepted: a whole number from 1"
                )
            );

    /// <summary>A scenario's name as part of a path.</summary>
    private static string FileName(string name) =>
        string.Join('_', name.Split([.. Path.GetInvalidFileNameChars(), ' ']));
}
