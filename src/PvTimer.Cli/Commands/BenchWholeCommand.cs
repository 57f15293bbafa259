using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Cli.Benchmarks;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer bench whole: how long commands take, from their start to their end.</summary>
internal static class BenchWholeCommand
{
    public static Command Create(Session session)
    {
        Option<string[]> against = new("--against")
        {
            Description = "Another build to take turns with: its pvtimer.dll or executable",
            HelpName = "FILE",
        };
        Option<string[]> setting = new("--setting")
        {
            Description =
                "This build once more, with variables of the environment, a space between two",
            HelpName = "NAME=VALUE ..",
        };
        Option<int> runs = new("--runs")
        {
            Description = "Runs of each row",
            HelpName = "N",
            DefaultValueFactory = _ => 5,
        };
        Option<bool> json = new("--json") { Description = "Print one JSON document" };
        Command command = new("whole", "How long whole commands take, start-up included")
        {
            against,
            setting,
            runs,
            json,
        };
        command.SetAction(parsed =>
        {
            string[] files = parsed.GetValue(against) ?? [];
            string[] settings = parsed.GetValue(setting) ?? [];
            Check(files, settings, parsed.GetValue(runs));
            using WholeProcesses processes = new(files, settings);
            WholeReport report = new(
                BenchRunner.ThisMachine(),
                processes.Measure(parsed.GetValue(runs))
            );
            Print(report, session, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Check(string[] files, string[] settings, int runs)
    {
        if (runs < 1)
        {
            throw new UsageException("--runs: out of range; accepted: a whole number from 1");
        }
        if (files.FirstOrDefault(file => !File.Exists(file)) is { } missing)
        {
            throw new UsageException(
                $"--against: there is no file '{missing}'; accepted: another build's pvtimer.dll or executable"
            );
        }
        if (settings.FirstOrDefault(each => !IsSetting(each)) is { } wrong)
        {
            throw new UsageException(
                $"--setting: '{wrong}'; accepted: NAME=VALUE, or several with a space between them"
            );
        }
    }

    private static bool IsSetting(string text) =>
        Array.TrueForAll(text.Split(' '), each => each.IndexOf('=', StringComparison.Ordinal) > 0);

    private static void Print(WholeReport report, Session session, bool json)
    {
        if (json)
        {
            session.Output.WriteLine(BenchReport.ToJson(report));
            return;
        }
        session.Output.WriteLine(report.Machine.Line());
        session.Output.WriteLine($"{"", -44} {"seconds", 8}   fastest to slowest of the runs");
        foreach (WholeRow row in report.Rows)
        {
            session.Output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.Name + ": " + row.Program, -44} {row.Seconds, 8:0.00}   {row.Min:0.00} to {row.Max:0.00} ({row.Runs} runs){(row.IsSameResult ? "" : ", another result")}"
                )
            );
        }
    }
}
