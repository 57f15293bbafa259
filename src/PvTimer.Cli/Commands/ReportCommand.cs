using System.CommandLine;
using System.IO;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Experiments.Explain;
using PvTimer.Experiments.Repetition;
using PvTimer.Experiments.Reports;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer report: a finished run's page, with what only a run that is watched can tell.</summary>
internal static class ReportCommand
{
    public static Command Create(Session session)
    {
        Argument<string> run = new("DIR") { Description = "The directory of a finished run" };
        Option<bool> quiet = new("--quiet") { Description = "Show no progress" };
        OutputFile output = new($"The page; default: {RunDirectory.ReportName} in the directory");
        Command command = new(
            "report",
            "Write a run's page with causes and times of lateness: runs it again, watched"
        )
        {
            run,
            quiet,
            output.Option,
        };
        command.SetAction(parsed =>
        {
            FinishedRun finished = FinishedRun.Read(parsed.GetValue(run)!);
            string file =
                output.Read(parsed) ?? Path.Combine(finished.Directory, RunDirectory.ReportName);
            return OutputFile.Write(
                session,
                file: null,
                stop =>
                {
                    Scenario scenario = finished.ReadScenario();
                    using RunsProgress progress = new(session, parsed.GetValue(quiet));
                    RunExplanation explanation = RunExplanation.Of(
                        finished,
                        scenario,
                        [],
                        new TimerChoice.None(),
                        (backend, reached) => progress.Show(scenario, backend, reached)
                    );
                    ExperimentResult result = Experiment.Run(
                        scenario,
                        finished.Engine,
                        finished.Regions,
                        (backend, reached) => progress.Show(scenario, backend, reached)
                    );
                    stop.ThrowIfCancellationRequested();
                    string again = $"pvtimer run {ShellWord.Of(finished.ScenarioFile)}";
                    WholeFile.Write(file, ReportPage.Of(RunReport.Of(result, again, explanation)));
                    return ($"Written to {file}\n", ExitCode.Done);
                }
            );
        });
        return command;
    }
}
