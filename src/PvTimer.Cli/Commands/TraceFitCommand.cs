using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Traces;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.Scenarios.Costs;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer trace fit: a cost profile from recordings, and how well it predicts others.</summary>
internal static class TraceFitCommand
{
    private sealed record Recording(string File, RecordedGuest Guest);

    public static Command Create(Session session)
    {
        Argument<string[]> files = new("FILE")
        {
            Description = "Recordings from one kind of host",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string> profile = TraceOptions.Profile();
        Option<string?> tsc = TraceOptions.Tsc();
        Option<string?> haltPoll = TraceOptions.HaltPoll();
        Option<string> name = new("--name")
        {
            Description = "What the profile calls itself",
            HelpName = "NAME",
            DefaultValueFactory = _ => "fitted",
        };
        Option<string?> output = new("--out")
        {
            Description = "Write the profile there, for host.costs of a scenario to name",
            HelpName = "FILE",
        };
        Option<string[]> leftOut = new("--leave-out")
        {
            Description = "Recordings that are not fitted to, but predicted",
            HelpName = "FILE",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<bool> each = new("--leave-one-out")
        {
            Description = "Predict each recording from all others as well",
        };
        Command command = new("fit", "Calibrate a cost profile from recorded lateness")
        {
            files,
            profile,
            tsc,
            haltPoll,
            name,
            output,
            leftOut,
            each,
        };
        command.SetAction(parsed =>
        {
            TscFrequency? frequency = TraceOptions.Frequency(parsed.GetValue(tsc));
            VirtualDuration? window = TraceOptions.Window(parsed.GetValue(haltPoll));
            RefuseUnwritable(parsed.GetValue(name)!, parsed.GetValue(output));
            CostProfile costs = CostProfileFile.Read(parsed.GetValue(profile)!);
            List<Recording> fitted = Read(parsed.GetValue(files)!, frequency);
            List<Recording> others = Read(parsed.GetValue(leftOut) ?? [], frequency);
            Run(
                session,
                fitted,
                others,
                parsed.GetValue(each),
                costs with
                {
                    Name = parsed.GetValue(name)!,
                },
                costs.Name,
                window,
                parsed.GetValue(output),
                string.Join(' ', parsed.Tokens.Select(token => token.Value))
            );
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>What could not be written, or not be read again, is refused before the recordings are read.</summary>
    private static void RefuseUnwritable(string name, string? output)
    {
        if (NameRule.Title.FlawOf(name) is { } flaw)
        {
            throw new UsageException($"--name: {flaw}; accepted: {NameRule.Title.Forms}");
        }
        if (output is null)
        {
            return;
        }
        if (!output.EndsWith(".conf", StringComparison.Ordinal))
        {
            throw new UsageException(
                $"--out: '{output}' is no name of a profile's file; accepted: a path that ends in .conf"
            );
        }
        if (Directory.Exists(output))
        {
            throw new UsageException($"--out: '{output}' is a folder; accepted: a file's path");
        }
        string full = Path.GetFullPath(output);
        if (WritableFolder.Obstacle(Path.GetDirectoryName(full)!) is { } obstacle)
        {
            throw new UsageException($"--out: {obstacle}");
        }
    }

    private static void Run(
        Session session,
        List<Recording> fitted,
        List<Recording> others,
        bool leaveOneOut,
        CostProfile costs,
        string kept,
        VirtualDuration? window,
        string? output,
        string commandLine
    )
    {
        if (fitted.Find(recording => !LatenessFit.CanUse(recording.Guest)) is { } unusable)
        {
            throw new UsageException(
                $"{unusable.File}: its lateness is known only relative to its smallest, or to the injection; accepted: recordings made inside the guest under trace_clock x86-tsc"
            );
        }
        RecordedGuest[] guests = [.. fitted.Select(recording => recording.Guest)];
        VirtualDuration haltPoll = window ?? LatenessFit.HaltPollOf(guests, costs);
        LatenessFit fit = LatenessFit.Of(guests, costs, haltPoll);
        string report = Heading(fitted, commandLine) + FitReport.Of(fit, guests, kept);
        foreach (Recording other in others)
        {
            report += $"# Left out: {Path.GetFileName(other.File)}\n";
            report += FitReport.Table(fit, [other.Guest]);
        }
        if (leaveOneOut && fitted.Count > 1)
        {
            foreach (Recording one in fitted)
            {
                LatenessFit rest = LatenessFit.Of(
                    fitted.Where(other => other != one).Select(other => other.Guest),
                    costs,
                    haltPoll
                );
                report += $"# From all but this: {Path.GetFileName(one.File)}\n";
                report += FitReport.Table(rest, [one.Guest]);
            }
        }
        string profile = report + CostProfileWriter.Write(fit.Profile, "");
        session.Output.Write(output is null ? profile : report);
        if (output is not null)
        {
            WholeFile.Write(output, profile);
            session.Output.WriteLine($"# Written to {output}");
        }
    }

    /// <summary>From what, when and how: a profile says where its figures come from.</summary>
    private static string Heading(List<Recording> fitted, string commandLine)
    {
        string day = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string names = string.Join(", ", fitted.Select(one => Path.GetFileName(one.File)));
        return $"# Fitted on {day} to {names}\n# by: pvtimer {commandLine}\n";
    }

    private static List<Recording> Read(string[] files, TscFrequency? frequency) =>
        [
            .. files.Select(file => new Recording(
                file,
                TraceCompiler.Compile(RecordedTrace.Read(file), frequency).Guest
            )),
        ];
}
