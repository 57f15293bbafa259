using System.Collections.Immutable;
using System.CommandLine;
using System.Linq;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Experiments.Validation;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer validate: published figures beside emulated ones.</summary>
internal static class ValidateCommand
{
    public static Command Create(Session session)
    {
        Option<int[]> only = new("--row")
        {
            Description = "Only these rows; left out: all",
            HelpName = "N",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<bool> json = new("--json") { Description = "Print one JSON document" };
        OutputFile output = new();
        Command command = new("validate", "Hold the emulator against published figures")
        {
            only,
            json,
            output.Option,
        };
        command.SetAction(parsed =>
        {
            ImmutableArray<PublishedRow> rows = RowsOf(parsed.GetValue(only) ?? []);
            bool isJson = parsed.GetValue(json);
            return OutputFile.Write(
                session,
                output.Read(parsed),
                stop =>
                {
                    ValidationResult result = ValidationResult.Of(rows, stop);
                    string text = isJson
                        ? SummaryDocument.Write(ValidationDocument.Of(result))
                        : ValidationTable.Of(result);
                    bool isOff = result.CountRows(ValidationVerdict.Off) > 0;
                    return (text, isOff ? ExitCode.CheckFailed : ExitCode.Done);
                }
            );
        });
        return command;
    }

    private static ImmutableArray<PublishedRow> RowsOf(int[] numbers)
    {
        foreach (int number in numbers)
        {
            if (number < 1 || number > PublishedRows.All.Length)
            {
                throw new UsageException(
                    $"--row: there is no row {number}; accepted: 1 to {PublishedRows.All.Length}"
                );
            }
        }
        return numbers is []
            ? PublishedRows.All
            : [.. PublishedRows.All.Where(row => numbers.Contains(row.Number))];
    }
}
