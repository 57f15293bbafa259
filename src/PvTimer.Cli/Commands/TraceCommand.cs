using System.CommandLine;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Formats.Traces;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer trace: what is in a recording, and which costs it speaks of.</summary>
internal static class TraceCommand
{
    public static Command Create(Session session) =>
        new("trace", "Look at recordings of real guests")
        {
            Inspect(session),
            TraceFitCommand.Create(session),
            TraceCheckCommand.Create(session),
            RecipeCommand.Create(session),
        };

    private static Command Inspect(Session session)
    {
        Argument<string> file = new("FILE") { Description = "Text of ftrace, trace-cmd or perf" };
        Option<string?> tsc = TraceOptions.Tsc();
        Option<bool> json = new("--json") { Description = "Print one JSON document" };
        TraceChoiceOptions choice = new();
        Command command = new("inspect", "What is in a recording") { file, tsc, json };
        choice.AddTo(command);
        command.SetAction(parsed =>
        {
            TraceInspection inspection = TraceInspection.Of(
                RecordedTrace.Read(parsed.GetValue(file)!),
                TraceOptions.Frequency(parsed.GetValue(tsc)),
                choice.Read(parsed)
            );
            session.Output.Write(
                parsed.GetValue(json)
                    ? SummaryDocument.Write(InspectionReport.Json(inspection))
                    : InspectionReport.Text(inspection)
            );
            return ExitCode.Done;
        });
        return command;
    }
}
