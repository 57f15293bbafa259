using System.CommandLine;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Experiments.Repetition;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer rerun: a finished run once more, and whether it is the same.</summary>
internal static class RerunCommand
{
    public static Command Create(Session session)
    {
        Argument<string> run = new("MANIFEST")
        {
            Description = "A run directory, or the manifest.json in it",
        };
        Option<bool> json = new("--json") { Description = "Print one JSON document" };
        Option<bool> quiet = new("--quiet") { Description = "Show no progress" };
        Command command = new("rerun", "Run a finished run again and compare its trace hashes")
        {
            run,
            json,
            quiet,
        };
        command.SetAction(parsed =>
        {
            FinishedRun finished = FinishedRun.Read(parsed.GetValue(run)!);
            return OutputFile.Write(
                session,
                file: null,
                stop =>
                {
                    using RunsProgress progress = new(session, parsed.GetValue(quiet));
                    Scenario scenario = finished.ReadScenario();
                    Rerun rerun = Rerun.Of(
                        finished,
                        scenario,
                        (backend, reached) => progress.Show(scenario, backend, reached),
                        stop
                    );
                    string text = parsed.GetValue(json)
                        ? SummaryDocument.Write(Document(rerun))
                        : RerunTable.Of(rerun);
                    return (text, rerun.IsSame ? ExitCode.Done : ExitCode.CheckFailed);
                }
            );
        });
        return command;
    }

    private static JsonObject Document(Rerun rerun) =>
        new()
        {
            ["schema"] = 1,
            ["run"] = rerun.Run.Directory,
            ["same"] = rerun.IsSame,
            ["backends"] = new JsonArray([
                .. rerun.Backends.Select(each =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["backend"] = each.Backend,
                            ["then"] = each.Then,
                            ["now"] = each.Now,
                            ["same"] = each.IsSame,
                        }
                ),
            ]),
            ["differences"] = new JsonArray([.. rerun.Differences.Select(line => (JsonNode)line)]),
        };
}
