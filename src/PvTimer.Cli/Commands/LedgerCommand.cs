using System.Collections.Immutable;
using System.CommandLine;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Experiments.Validation;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer ledger: what the series gets wrong, as posted and corrected.</summary>
internal static class LedgerCommand
{
    public static Command Create(Session session)
    {
        Option<bool> json = new("--json") { Description = "Print one JSON document" };
        OutputFile output = new();
        Command command = new("ledger", "Show what the series gets wrong, and without it")
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
                stop =>
                {
                    ImmutableArray<FlawEntry> ledger = FlawLedger.Of(stop);
                    string text = isJson
                        ? SummaryDocument.Write(FlawLedgerDocument.Of(ledger))
                        : LedgerTable.Of(ledger);
                    return (text, ExitCode.Done);
                }
            );
        });
        return command;
    }
}
