using System;
using System.CommandLine;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Experiments.Comparisons;
using PvTimer.Experiments.Reports;
using PvTimer.Experiments.Statistics;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer compare A B: what changes from one to the other, and whether chance alone would do it.</summary>
internal static class CompareCommand
{
    private const int UsualRepetitions = 5;
    private const int MostRepetitions = 10_000;

    public static Command Create(Session session)
    {
        Argument<string> left = new("A")
        {
            Description = $"What it was: {ComparisonSide.Accepted}",
        };
        Argument<string> right = new("B") { Description = "What it is compared with, likewise" };
        Option<int> repeat = new("--repeat")
        {
            Description = "Repetitions, each with a seed of its own for both sides",
            HelpName = "N",
            DefaultValueFactory = _ => UsualRepetitions,
        };
        Option<string> level = new("--level")
        {
            Description = "Of the confidence intervals",
            HelpName = "SHARE%",
            DefaultValueFactory = _ => "95%",
        };
        Option<bool> json = new("--json") { Description = "Print one JSON document" };
        Option<bool> quiet = new("--quiet") { Description = "Show no progress" };
        OutputFile output = new();
        ReportFile page = new(session);
        Command command = new("compare", "Compare two runs or back-ends, paired by seed")
        {
            left,
            right,
            repeat,
            level,
            json,
            quiet,
            output.Option,
            page.Option,
        };
        command.SetAction(parsed =>
        {
            int repetitions = parsed.GetValue(repeat);
            CheckRepetitions(repetitions);
            double share = LevelOf(parsed.GetValue(level)!);
            string? file = output.Read(parsed);
            string? report = page.Read(parsed);
            ComparisonSide one = ComparisonSide.Read(parsed.GetValue(left)!);
            ComparisonSide other = ComparisonSide.Read(parsed.GetValue(right)!);
            NoteUnused(session, one, other);
            return OutputFile.Write(
                session,
                file,
                stop =>
                {
                    using CountProgress progress = new(session, "runs", parsed.GetValue(quiet));
                    PairedComparison comparison = PairedComparison.Of(
                        one,
                        other,
                        repetitions,
                        share,
                        progress.Show,
                        stop
                    );
                    page.Write(report, command => ComparisonReport.Of(comparison, command));
                    string text = parsed.GetValue(json)
                        ? SummaryDocument.Write(ComparisonDocument.Of(comparison))
                        : PairedTable.Of(comparison);
                    return (text, ExitCode.Done);
                }
            );
        });
        return command;
    }

    private static void CheckRepetitions(int repetitions)
    {
        if (repetitions is < 1 or > MostRepetitions)
        {
            throw new UsageException($"--repeat: {repetitions}; accepted: 1 to {MostRepetitions}");
        }
    }

    private static void NoteUnused(Session session, params ReadOnlySpan<ComparisonSide> sides)
    {
        foreach (ComparisonSide side in sides)
        {
            UnusedKeys.Note(session, "compare", side.Name, UnusedSettings.Of(side.Scenario));
        }
    }

    private static double LevelOf(string text) =>
        RunValues.Percent(text) is { } share and > 0 and < 1
            ? (double)share
            : throw new UsageException(
                $"--level: '{text}'; accepted: more than 0% and less than 100%, such as {ConfidenceInterval.UsualLevel * 100:0}%"
            );
}
