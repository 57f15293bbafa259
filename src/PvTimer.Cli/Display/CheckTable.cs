using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Experiments.Validation;
using PvTimer.Model.Reports;

namespace PvTimer.Cli.Display;

/// <summary>The rows of pvtimer trace check: as a table for a terminal, or as Markdown.</summary>
internal static class CheckTable
{
    /// <summary>A median further away than this is marked.</summary>
    private const double FurthestMedian = 0.2;

    private const double LargestDistance = 0.2;

    private static readonly string[] s_heading =
    [
        "recording",
        "deadlines",
        "p50",
        "p90",
        "p99",
        "p99.9",
        "KS",
        "in reach",
        "remarks",
    ];

    /// <summary>All that a table says, cell by cell; recorded and emulated values stand as "recorded / emulated".</summary>
    public static string Of(IEnumerable<string[]> rows, bool markdown)
    {
        string[][] all = [s_heading, .. rows];
        if (markdown)
        {
            IEnumerable<string> lines = all.Select(row => $"| {string.Join(" | ", row)} |");
            string rule = $"|{string.Concat(Enumerable.Repeat("---|", s_heading.Length))}";
            return string.Join('\n', [lines.First(), rule, .. lines.Skip(1)]) + "\n";
        }
        int[] widths = [.. s_heading.Select((_, column) => all.Max(row => row[column].Length))];
        return string.Concat(
            all.Select(row =>
                string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column])))
                    .TrimEnd() + "\n"
            )
        );
    }

    public static string[] Refused(string name, string why) =>
        [name, "refused", "", "", "", "", "", "", why];

    public static string[] Row(RecordingCheck check)
    {
        if (check.Distance is not { } distance)
        {
            return Refused(check.Name, "no timer interrupt could be paired with its deadline");
        }
        double recorded = check.Recorded.Quantile(5_000).Nanoseconds;
        double off = (check.Emulated.Quantile(5_000).Nanoseconds / recorded) - 1;
        bool inReach = Math.Abs(off) <= FurthestMedian && distance <= LargestDistance;
        return
        [
            check.Name,
            check.Programmed == check.Deadlines
                ? Quantities.Count(check.Deadlines)
                : $"{Quantities.Count(check.Programmed)} of {Quantities.Count(check.Deadlines)}",
            Pair(check, 5_000),
            Pair(check, 9_000),
            Pair(check, 9_900),
            Pair(check, 9_990),
            string.Create(CultureInfo.InvariantCulture, $"{distance:0.00}"),
            inReach ? "yes" : "no",
            Remarks(check),
        ];
    }

    private static string Pair(RecordingCheck check, int permyriad) =>
        $"{Span(check.Recorded, permyriad)} / {Span(check.Emulated, permyriad)}";

    private static string Span(ExactDistribution lateness, int permyriad) =>
        Quantities.Span(lateness.Quantile(permyriad).Nanoseconds);

    private static string Remarks(RecordingCheck check)
    {
        IEnumerable<string> unknown = check
            .Unknown.Where(each => each.Share >= 0.01)
            .Select(each =>
                $"{FitReport.Name(each.Class)} ({Quantities.Share(each.Share)}) not identified without it"
            );
        string[] waiting =
            check.KeptWaiting >= 0.01
                ? [$"kept waiting by the guest: {Quantities.Share(check.KeptWaiting)}"]
                : [];
        string[] relative = check.IsRelative ? ["both relative to their smallest"] : [];
        return string.Join("; ", [.. relative, .. unknown, .. waiting]);
    }
}
