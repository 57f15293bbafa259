using System.Collections.Immutable;
using System.CommandLine;
using System.IO;
using System.Linq;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Experiments.Optimisation;
using PvTimer.Experiments.Reports;
using PvTimer.Experiments.Sweeps;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer optimise: the best points of a matrix, with fewer runs than it has.</summary>
internal sealed class OptimiseCommand
{
    private const string ResultName = "optimisation.json";
    private const string PageName = "optimisation.html";

    private readonly SweepOptions _options = new();

    private readonly Option<string[]> _objective = new("--objective")
    {
        Description =
            "What is to be as small as possible: lateness.p99, pvtimer.cpu, exits; of several the Pareto front is found",
        HelpName = "METRIC",
    };

    private readonly Option<string[]> _subjectTo = new("--subject-to")
    {
        Description =
            "What has to hold, for the mean over the repetitions, beside the scenario's thresholds",
        HelpName = "'METRIC < N'",
    };

    private readonly ResultOptions _results = new(
        "Its directory, or that of a sweep; default runs/sweep-<scenario>-<seed>. What is finished there is not run again",
        "one JSON document"
    );

    private readonly Session _session;

    private OptimiseCommand(Session session) => _session = session;

    public static Command Create(Session session)
    {
        OptimiseCommand optimise = new(session);
        Command command = new(
            "optimise",
            "Find the combination of some keys' values that is best by an objective"
        )
        {
            optimise._objective,
            optimise._subjectTo,
        };
        optimise._results.AddTo(command);
        optimise._options.AddTo(command);
        command.SetAction(optimise.Invoke);
        return command;
    }

    private int Invoke(ParseResult parsed)
    {
        SweepPlace place = _options.Place(parsed);
        SweepPlan plan = SweepPlan.Of(_options.Request(parsed));
        string[] objectives = parsed.GetValue(_objective) ?? [];
        if (objectives.Length == 0)
        {
            throw new UsageException(
                $"{_objective.Name} is missing; accepted: a number of the summary, such as lateness.p99"
            );
        }
        Goals goals = new(
            [.. objectives.Select(text => Objective.Parse(plan, text))],
            [
                .. plan.ThresholdsOf(plan.Points[0]).Select(Constraint.Of),
                .. (parsed.GetValue(_subjectTo) ?? []).Select(text => Constraint.Parse(plan, text)),
            ]
        );
        string directory = _results.Directory(parsed) ?? RunDirectories.UsualSweep(plan.Scenario);
        using RunLock? held = RunLock.Take(directory);
        if (SweepDirectory.Obstacle(directory) is { } obstacle)
        {
            throw new UsageException(
                $"{_results.Out.Name}: {obstacle}; accepted: a free place or an earlier sweep"
            );
        }
        bool isJson = _results.IsJson(parsed);
        (isJson ? _session.Error : _session.Output).Write(SweepReport.Header(plan, place.Words));
        SweepDirectory.Begin(directory, plan);
        OptimisationResult result = Search(plan, goals, directory, place, _results.IsQuiet(parsed));
        string document = SummaryDocument.Write(OptimisationDocument.Of(result));
        WholeFile.Write(Path.Combine(directory, ResultName), document);
        WholeFile.Write(
            Path.Combine(directory, PageName),
            ReportPage.Of(OptimumReport.Of(result, CommandPath.Again(parsed)))
        );
        _session.Output.Write(isJson ? document : OptimisationReport.Of(result));
        if (result.IsInterrupted)
        {
            _session.Error.WriteLine(
                $"pvtimer: interrupted; the same command goes on from what is finished in {directory}"
            );
            return ExitCode.Interrupted;
        }
        return result.Front.IsEmpty ? ExitCode.CheckFailed : ExitCode.Done;
    }

    private sealed record Goals(
        ImmutableArray<Objective> Objectives,
        ImmutableArray<Constraint> Constraints
    );

    private OptimisationResult Search(
        SweepPlan plan,
        Goals goals,
        string directory,
        SweepPlace place,
        bool quiet
    )
    {
        using SweepLine line = new(_session, quiet);
        return place
            .Use(
                directory,
                line.Note,
                runner =>
                    Optimiser.Run(
                        new SweepRuns(plan, new SweepStore(directory), runner),
                        goals.Objectives,
                        goals.Constraints,
                        line.Show,
                        _session.Stop
                    )
            )
            .GetAwaiter()
            .GetResult();
    }
}
