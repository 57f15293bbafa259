using System;
using System.CommandLine;
using System.Linq;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Experiments.Sweeps;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer sweep: a matrix of scenarios, each several times, side by side.</summary>
internal sealed class SweepCommand
{
    private readonly SweepOptions _options = new();

    private readonly Option<string?> _resume = new("--resume")
    {
        Description = "Finish the sweep whose directory this is; failed runs are tried again",
        HelpName = "DIR",
    };

    private readonly ResultOptions _results = new(
        "The sweep's directory; default runs/sweep-<scenario>-<seed>. What is finished there is not run again",
        "summary.json"
    );

    private readonly Session _session;

    private SweepCommand(Session session) => _session = session;

    public static Command Create(Session session)
    {
        SweepCommand sweep = new(session);
        Command command = new(
            "sweep",
            "Run a scenario with all combinations of some keys' values, several times each"
        )
        {
            sweep._resume,
        };
        sweep._results.AddTo(command);
        sweep._options.AddTo(command);
        command.SetAction(sweep.Invoke);
        return command;
    }

    private int Invoke(ParseResult parsed)
    {
        string? resumed = parsed.GetValue(_resume);
        SweepPlace place = _options.Place(parsed);
        if (resumed is not null)
        {
            _options.RefuseBeside(parsed, _resume, _results.Out);
        }
        SweepPlan plan = resumed is null
            ? SweepPlan.Of(_options.Request(parsed))
            : SweepDirectory.Resume(resumed);
        string directory =
            resumed ?? _results.Directory(parsed) ?? RunDirectories.UsualSweep(plan.Scenario);
        using RunLock? held = RunLock.Take(directory);
        if (SweepDirectory.Obstacle(directory) is { } obstacle)
        {
            throw new UsageException(
                $"--out: {obstacle}; accepted: a free place or an earlier sweep"
            );
        }
        bool isJson = _results.IsJson(parsed);
        (isJson ? _session.Error : _session.Output).Write(SweepReport.Header(plan, place.Words));
        SweepDirectory.Begin(directory, plan);
        SweepResult result = Run(plan, directory, place, _results.IsQuiet(parsed));
        SweepDirectory.Write(directory, result).GetAwaiter().GetResult();
        Print(result, directory, isJson);
        return result switch
        {
            { IsInterrupted: true } => ExitCode.Interrupted,
            { Failed.IsEmpty: false } => ExitCode.RunBroke,
            _ when PointVerdict.Of(result).Any(each => !each.Holds) => ExitCode.CheckFailed,
            _ => ExitCode.Done,
        };
    }

    private SweepResult Run(SweepPlan plan, string directory, SweepPlace place, bool quiet)
    {
        using SweepLine line = new(_session, quiet);
        return place
            .Use(
                directory,
                line.Note,
                runner =>
                    Sweep.Run(plan, new SweepStore(directory), runner, line.Show, _session.Stop)
            )
            .GetAwaiter()
            .GetResult();
    }

    private void Print(SweepResult result, string directory, bool isJson)
    {
        if (isJson)
        {
            _session.Output.Write(SummaryDocument.Write(SweepDocument.Of(result)));
        }
        else
        {
            _session.Output.Write(SweepReport.Of(result));
            string counts = SweepLine.Forms(result.Progress, TimeSpan.Zero)[0];
            _session.Output.WriteLine($"{counts}\nWritten to {directory}");
        }
        foreach (string failure in SweepReport.Failures(result))
        {
            _session.Error.WriteLine($"pvtimer: {failure}");
        }
        foreach (string broken in SweepReport.Broken(PointVerdict.Of(result)))
        {
            _session.Error.WriteLine($"pvtimer: threshold not kept: {broken}");
        }
        if (result.IsInterrupted || !result.Failed.IsEmpty)
        {
            string what = result.IsInterrupted ? "interrupted; to go on" : "to try again";
            _session.Error.WriteLine($"pvtimer: {what}: pvtimer sweep --resume {directory}");
        }
    }
}
