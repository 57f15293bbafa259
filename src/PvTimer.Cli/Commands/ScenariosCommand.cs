using System.Collections.Immutable;
using System.CommandLine;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer scenarios: those that come with the program, and the question that each is to answer.</summary>
internal static class ScenariosCommand
{
    public static Command Create(Session session)
    {
        Option<bool> json = new("--json") { Description = "Print one JSON document" };
        OutputFile output = new();
        Command command = new("scenarios", "List the scenarios that come with pvtimer")
        {
            json,
            output.Option,
        };
        command.SetAction(parsed =>
        {
            bool isJson = parsed.GetValue(json);
            return OutputFile.Write(
                session,
                output.Read(parsed),
                _ =>
                {
                    ImmutableArray<(Preset Preset, string? Question)> presets =
                    [
                        .. Preset.All.Select(preset => (preset, preset.ReadQuestion())),
                    ];
                    string text = isJson
                        ? SummaryDocument.Write(Document(presets))
                        : Table(presets);
                    return (text, ExitCode.Done);
                }
            );
        });
        return command;
    }

    /// <summary>Those without a question are what other commands run; the table names their number only.</summary>
    private static string Table(ImmutableArray<(Preset Preset, string? Question)> presets)
    {
        string[][] lines =
        [
            ["scenario", "question"],
            .. presets
                .Where(each => each.Question is not null)
                .Select(each => (string[])[each.Preset.Name, each.Question!]),
        ];
        TextColumns columns = new(lines);
        int others = presets.Count(each => each.Question is null);
        return string.Concat(lines.Select(columns.Line))
            + $"\nand {others} of pvtimer validate and pvtimer ledger, which --json names as well\n";
    }

    private static JsonObject Document(ImmutableArray<(Preset Preset, string? Question)> presets) =>
        new()
        {
            ["schema"] = 1,
            ["scenarios"] = new JsonArray([
                .. presets.Select(each =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["name"] = each.Preset.Name,
                            ["question"] = each.Question,
                            ["file"] = each.Preset.File,
                        }
                ),
            ]),
        };
}
