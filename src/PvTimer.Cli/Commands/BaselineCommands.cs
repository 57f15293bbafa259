using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Experiments.Repetition;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer baseline save|check: what scenarios came to once, against what they come to now.</summary>
internal static class BaselineCommands
{
    private const string UsualFile = "baseline.json";

    public static Command Create(Session session)
    {
        Command command = new("baseline", "Keep what scenarios come to, and check it later");
        command.Add(Save(session));
        command.Add(Check(session));
        return command;
    }

    private static Command Save(Session session)
    {
        Argument<string[]> scenarios = new("SCENARIO")
        {
            Description =
                "Scenario files; the baseline names them by their paths from its own folder",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string[]> sets = new("--set")
        {
            Description = "Set a key of each scenario, then and whenever it is checked",
            HelpName = "PATH=VALUE",
        };
        Option<bool> quiet = new("--quiet") { Description = "Show no progress" };
        OutputFile output = new($"The baseline's file; default: {UsualFile}");
        Command command = new("save", "Run scenarios and write their figures and trace hashes")
        {
            scenarios,
            sets,
            quiet,
            output.Option,
        };
        command.SetAction(parsed =>
        {
            string file = output.Read(parsed) ?? UsualFile;
            return OutputFile.Write(
                session,
                file: null,
                stop =>
                {
                    using RunsProgress progress = new(session, parsed.GetValue(quiet));
                    Baseline baseline = Baseline.Of(
                        file,
                        parsed.GetValue(scenarios)!,
                        [.. parsed.GetValue(sets) ?? []],
                        progress.Show,
                        stop
                    );
                    baseline.Write(file);
                    string text = string.Create(
                        CultureInfo.InvariantCulture,
                        $"Written to {file}: {baseline.Scenarios.Length} scenarios, {baseline.Scenarios.Sum(each => each.Backends.Length)} runs\n"
                    );
                    return (text, ExitCode.Done);
                }
            );
        });
        return command;
    }

    private static Command Check(Session session)
    {
        Argument<string> file = new("FILE")
        {
            Description = $"The baseline; default: {UsualFile}",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => UsualFile,
        };
        Option<string> within = new("--within")
        {
            Description = "By how much a figure may have moved; default: 0%",
            HelpName = "SHARE%",
            DefaultValueFactory = _ => "0%",
        };
        Option<bool> json = new("--json") { Description = "Print one JSON document" };
        Option<bool> quiet = new("--quiet") { Description = "Show no progress" };
        Command command = new(
            "check",
            "Run a baseline's scenarios again and compare; exit 1: moved"
        )
        {
            file,
            within,
            json,
            quiet,
        };
        command.SetAction(parsed =>
        {
            decimal share =
                RunValues.Percent(parsed.GetValue(within)!)
                ?? throw new UsageException(
                    $"--within: '{parsed.GetValue(within)}'; accepted: a share such as 2% or 0.5%"
                );
            return OutputFile.Write(
                session,
                file: null,
                stop =>
                {
                    using RunsProgress progress = new(session, parsed.GetValue(quiet));
                    BaselineCheck check = BaselineCheck.Of(
                        parsed.GetValue(file)!,
                        share,
                        progress.Show,
                        stop
                    );
                    string text = parsed.GetValue(json)
                        ? SummaryDocument.Write(Document(check))
                        : BaselineTable.Of(check);
                    return (text, check.Holds ? ExitCode.Done : ExitCode.CheckFailed);
                }
            );
        });
        return command;
    }

    private static JsonObject Document(BaselineCheck check) =>
        new()
        {
            ["schema"] = 1,
            ["baseline"] = check.Baseline.Build,
            ["now"] = BuildIdentity.Current.ToString(),
            ["within"] = check.Within,
            ["holds"] = check.Holds,
            ["runs"] = new JsonArray([.. check.Backends.Select(each => (JsonNode)Of(each))]),
        };

    private static JsonObject Of(CheckedBackend run) =>
        new()
        {
            ["scenario"] = run.Scenario,
            ["backend"] = run.Backend,
            ["missing"] = run.IsMissing,
            ["same_events"] = run.HasSameEvents,
            ["figures"] = run.Figures,
            ["moved"] = new JsonArray([
                .. run.Moved.Select(figure =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["metric"] = figure.Metric,
                            ["then"] = figure.Then,
                            ["now"] = figure.Now,
                        }
                ),
            ]),
        };
}
