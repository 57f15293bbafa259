using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Formats.Traces;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.Scenarios.Costs;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer trace: what is in a recording, and which costs it speaks of.</summary>
internal static class TraceCommand
{
    public static Command Create(Session session) =>
        new("trace", "Look at recordings of real guests")
        {
            Inspect(session),
            Fit(session),
            RecipeCommand.Create(session),
        };

    private static Command Inspect(Session session)
    {
        Argument<string> file = new("FILE") { Description = "Text of ftrace, trace-cmd or perf" };
        Option<string?> tsc = TscOption();
        Option<bool> json = new("--json") { Description = "Print one JSON document" };
        TraceChoiceOptions choice = new();
        Command command = new("inspect", "What is in a recording") { file, tsc, json };
        choice.AddTo(command);
        command.SetAction(parsed =>
        {
            TraceInspection inspection = TraceInspection.Of(
                RecordedTrace.Read(parsed.GetValue(file)!),
                Frequency(parsed.GetValue(tsc)),
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

    private static Command Fit(Session session)
    {
        Argument<string[]> files = new("FILE")
        {
            Description = "Recordings from one kind of host",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string> profile = new("--profile")
        {
            Description =
                $"The cost profile whose fixed costs are kept: a file, or one of {string.Join(", ", ShippedProfiles.Names)}",
            HelpName = "NAME|FILE",
            DefaultValueFactory = _ => "cascadelake-kvm",
        };
        Option<string?> tsc = TscOption();
        Option<string> haltPoll = new("--halt-poll")
        {
            Description = "The hosts' halt_poll_ns",
            HelpName = "SPAN",
            DefaultValueFactory = _ => "200us",
        };
        Command command = new("fit", "Calibrate a cost profile from recorded lateness")
        {
            files,
            profile,
            tsc,
            haltPoll,
        };
        TraceChoiceOptions choice = new();
        choice.AddTo(command);
        command.SetAction(parsed =>
        {
            string poll = parsed.GetValue(haltPoll)!;
            if (!Units.TryParseSpan(poll, out VirtualDuration window))
            {
                throw new UsageException(
                    $"--halt-poll: '{poll}' is no span of time; accepted: {Units.SpanForms}"
                );
            }
            CostProfile costs = CostProfileFile.Read(parsed.GetValue(profile)!);
            TscFrequency? frequency = Frequency(parsed.GetValue(tsc));
            List<RecordedGuest> guests =
            [
                .. parsed
                    .GetValue(files)!
                    .Select(file =>
                        TraceCompiler
                            .Compile(RecordedTrace.Read(file), frequency, choice.Read(parsed))
                            .Guest
                    ),
            ];
            session.Output.Write(FitReport.Of(guests, costs, window));
            return ExitCode.Done;
        });
        return command;
    }

    private static Option<string?> TscOption() =>
        new("--tsc")
        {
            Description = "The guest's TSC, where the recording does not name it",
            HelpName = "FREQUENCY",
        };

    private static TscFrequency? Frequency(string? text)
    {
        if (text is null)
        {
            return null;
        }
        return Units.TryParseFrequency(text, out TscFrequency frequency)
            ? frequency
            : throw new UsageException(
                $"--tsc: '{text}' is no frequency; accepted: {Units.FrequencyForms}"
            );
    }
}
