using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Experiments.Validation;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Traces;
using PvTimer.Model.Costs;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Costs;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer trace check: replays recordings on costs that were fitted without them, and compares.</summary>
internal static class TraceCheckCommand
{
    /// <summary>Recordings of one kind of host: those whose names begin so, or all others.</summary>
    private sealed record Group(string Prefix, TscFrequency? Frequency);

    public static Command Create(Session session)
    {
        Argument<string[]> files = new("FILE")
        {
            Description = "Recordings; those of one kind of host are fitted to each other",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string[]> groups = new("--group")
        {
            Description =
                "Files whose names begin with PREFIX are from one kind of host, with this guest TSC",
            HelpName = "PREFIX=FREQUENCY",
        };
        Option<string?> tsc = TraceOptions.Tsc();
        Option<string> profile = TraceOptions.Profile();
        Option<string?> haltPoll = TraceOptions.HaltPoll();
        Option<bool> noise = new("--noise")
        {
            Description = "The host's noise, fitted like the rest, interrupts the replays",
        };
        Option<bool> markdown = new("--markdown") { Description = "Print the table as Markdown" };
        Command command = new("check", "Replay recordings on costs fitted without them")
        {
            files,
            groups,
            tsc,
            profile,
            haltPoll,
            noise,
            markdown,
        };
        command.SetAction(parsed =>
        {
            Group[] known =
            [
                .. (parsed.GetValue(groups) ?? []).Select(ParseGroup),
                new("", TraceOptions.Frequency(parsed.GetValue(tsc))),
            ];
            CostProfile costs = CostProfileFile.Read(parsed.GetValue(profile)!);
            VirtualDuration? window = TraceOptions.Window(parsed.GetValue(haltPoll));
            List<string[]> rows = [];
            foreach (
                IGrouping<Group, string> group in parsed
                    .GetValue(files)!
                    .GroupBy(file =>
                        known.First(each =>
                            Path.GetFileName(file).StartsWith(each.Prefix, StringComparison.Ordinal)
                        )
                    )
            )
            {
                rows.AddRange(
                    Check(session, group.Key, [.. group], costs, window, parsed.GetValue(noise))
                );
            }
            session.Output.Write(CheckTable.Of(rows, parsed.GetValue(markdown)));
            return ExitCode.Done;
        });
        return command;
    }

    private static IEnumerable<string[]> Check(
        Session session,
        Group group,
        string[] files,
        CostProfile costs,
        VirtualDuration? window,
        bool noise
    )
    {
        List<(string Name, CompiledTrace Trace)> usable = [];
        List<string[]> refused = [];
        foreach (string file in files)
        {
            string name = Path.GetFileName(file).Split('.')[0];
            try
            {
                usable.Add(
                    (name, TraceCompiler.Compile(RecordedTrace.Read(file), group.Frequency))
                );
            }
            catch (TraceFormatException e)
            {
                refused.Add(CheckTable.Refused(name, e.What));
            }
        }
        VirtualDuration haltPoll =
            window ?? LatenessFit.HaltPollOf(usable.Select(each => each.Trace.Guest), costs);
        session.Error.WriteLine(
            $"{(group.Prefix.Length > 0 ? group.Prefix : "others")}: halt-poll {Quantities.Span(haltPoll.Nanoseconds)}"
        );
        return
        [
            .. RecordingCheck.OfEach(usable, costs, haltPoll, noise).Select(CheckTable.Row),
            .. refused,
        ];
    }

    private static Group ParseGroup(string text)
    {
        string[] parts = text.Split('=', 2);
        return parts is [{ Length: > 0 } prefix, { } frequency]
            ? new Group(prefix, TraceOptions.Frequency(frequency, "--group"))
            : throw new UsageException(
                $"--group: '{text}' names no group; accepted: PREFIX=FREQUENCY, such as amd=2596098khz"
            );
    }
}
