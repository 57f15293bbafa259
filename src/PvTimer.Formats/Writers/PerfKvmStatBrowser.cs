using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Model.Reports;

namespace PvTimer.Formats.Writers;

/// <summary>
/// Writes exits in the columns that `perf kvm stat report` of Linux 6.3 and later has in its browser, which it shows
/// without --stdio (tools/perf/builtin-kvm.c since "perf kvm: Add TUI mode for stat report"); the browser's own key P saves
/// them as text.
/// </summary>
/// <remarks>
/// Columns are right-aligned, two spaces apart, 40, 12, 12, 12, 12, 14, 14 and 14 wide. Times are whole nanoseconds, percentages whole
/// numbers that are cut, not rounded: 91.77 % is "91.00%". Rows are sorted by samples, most first; equal ones by name.
/// </remarks>
public static class PerfKvmStatBrowser
{
    private static readonly (string Heading, int Width)[] Columns =
    [
        ("Event name", 40),
        ("Samples", 12),
        ("Sample%", 12),
        ("Time (ns)", 12),
        ("Time%", 12),
        ("Max Time (ns)", 14),
        ("Min Time (ns)", 14),
        ("Mean Time (ns)", 14),
    ];

    /// <param name="writer">Where to; lines end in \n.</param>
    /// <param name="exits">One entry per reason and names; those without exits are left out, as perf does.</param>
    public static void Write(TextWriter writer, ImmutableArray<ExitStatistics> exits)
    {
        ArgumentNullException.ThrowIfNull(writer);
        NamedExits[] rows =
        [
            .. NamedExits
                .Of(exits)
                .OrderByDescending(row => row.Exits.Count)
                .ThenBy(row => row.Name, StringComparer.Ordinal),
        ];
        long samples = rows.Sum(row => row.Exits.Count);
        long total = rows.Sum(row => row.Exits.Total.Nanoseconds);
        Line(writer, Columns.Select(column => column.Heading));
        foreach (NamedExits row in rows)
        {
            ExitStatistics exit = row.Exits;
            Line(
                writer,
                [
                    row.Name,
                    Number(exit.Count),
                    Percent(exit.Count, samples),
                    Number(exit.Total.Nanoseconds),
                    Percent(exit.Total.Nanoseconds, total),
                    Number(exit.Longest.Nanoseconds),
                    Number(exit.Shortest.Nanoseconds),
                    Number(exit.Total.Nanoseconds / exit.Count),
                ]
            );
        }
    }

    private static void Line(TextWriter writer, IEnumerable<string> cells) =>
        writer.Write(
            string.Join("  ", cells.Zip(Columns, (cell, column) => cell.PadLeft(column.Width)))
                + "\n"
        );

    private static string Percent(long part, long whole) =>
        $"{Number(whole == 0 ? 0 : (long)(100m * part / whole))}.00%";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
