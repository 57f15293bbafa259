using System.Collections.Immutable;
using System.CommandLine;
using System.Linq;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Experiments.Survey;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer backends: the same guests on every back-end, a table for each scenario.</summary>
internal static class BackendsCommand
{
    public static Command Create(Session session)
    {
        Argument<string[]> files = new("SCENARIO")
        {
            Description =
                "Scenario files or names of pvtimer scenarios; the back-ends that they name do not matter",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string[]> sets = new("--set")
        {
            Description = "Set a key of each scenario, such as host.costs=skylake",
            HelpName = "PATH=VALUE",
        };
        Option<bool> json = new("--json") { Description = "Print one JSON document" };
        OutputFile output = new();
        Command command = new("backends", "Compare all back-ends on a scenario's guests")
        {
            files,
            sets,
            json,
            output.Option,
        };
        command.SetAction(parsed =>
        {
            ImmutableArray<ScenarioOverride> overrides =
            [
                .. (parsed.GetValue(sets) ?? []).Select(ScenarioOverride.Set),
            ];
            bool isJson = parsed.GetValue(json);
            foreach (string file in parsed.GetValue(files)!)
            {
                string? unused = UnusedSettings.In(Preset.FileOf(file), overrides);
                UnusedKeys.Note(session, "backends", file, unused);
            }
            return OutputFile.Write(
                session,
                output.Read(parsed),
                stop =>
                {
                    ImmutableArray<BackendSurvey> surveys =
                    [
                        .. parsed
                            .GetValue(files)!
                            .Select(file => BackendSurvey.Of(Preset.FileOf(file), overrides, stop)),
                    ];
                    string text = isJson
                        ? SummaryDocument.Write(SurveyDocument.Of(surveys))
                        : SurveyTable.Of(surveys);
                    return (text, ExitCode.Done);
                }
            );
        });
        return command;
    }
}
