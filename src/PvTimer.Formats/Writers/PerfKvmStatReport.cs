using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Writers;

/// <summary>
/// Writes exits as `perf kvm stat report` of Linux up to 6.2 did, to the byte (tools/perf/builtin-kvm.c,
/// print_result; tools/perf/util/stat.c, rel_stddev_stats).
/// </summary>
/// <remarks>
/// The last column is the relative standard error of the mean: with n times, sum S and sum of squares Q,
/// variance = (Q - S^2/n) / (n - 1), printed is 100 * sqrt(variance / n) / (S / n); 0 for a single exit.
/// Rows are sorted by samples, most first; equal ones by reason.
/// </remarks>
public static class PerfKvmStatReport
{
    private const double NanosecondsPerMicrosecond = 1e3;

    /// <param name="writer">Where to; lines end in \n.</param>
    /// <param name="exits">One entry per reason and names; those without exits are left out, as perf does.</param>
    public static void Write(TextWriter writer, ImmutableArray<ExitStatistics> exits)
    {
        ImmutableArray<NamedExits> rows =
        [
            .. NamedExits
                .Of(exits)
                .OrderByDescending(row => row.Exits.Count)
                .ThenBy(row => row.Exits.Reason),
        ];
        long samples = rows.Sum(row => row.Exits.Count);
        long total = rows.Sum(row => row.Exits.Total.Nanoseconds);
        writer.Write("\n\nAnalyze events for all VMs, all VCPUs:\n\n");
        writer.Write(
            $"{"VM-EXIT", 20} {"Samples", 10} {"Samples%", 9} {"Time%", 9} {"Min Time", 11} "
        );
        writer.Write($"{"Max Time", 11} {"Avg time", 16} \n\n");
        foreach (NamedExits row in rows)
        {
            WriteRow(writer, row.Name, row.Exits, samples, total);
        }
        writer.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\nTotal Samples:{samples}, Total events handled time:{total / NanosecondsPerMicrosecond:F2}us.\n\n"
            )
        );
    }

    private static void WriteRow(
        TextWriter writer,
        string name,
        ExitStatistics row,
        long samples,
        long total
    )
    {
        double mean = (double)row.Total.Nanoseconds / row.Count;
        writer.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name, 20} {row.Count, 10} {Percent(row.Count, samples), 8:F2}% {Percent(row.Total.Nanoseconds, total), 8:F2}% "
            )
        );
        writer.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Microseconds(row.Shortest), 9:F2}us {Microseconds(row.Longest), 9:F2}us {mean / NanosecondsPerMicrosecond, 9:F2}us ( +-{RelativeError(row, mean), 7:F2}% )\n"
            )
        );
    }

    private static double Percent(long part, long whole) =>
        whole == 0 ? 0 : (double)part / whole * 100;

    private static double Microseconds(VirtualDuration span) =>
        span.Nanoseconds / NanosecondsPerMicrosecond;

    private static double RelativeError(ExitStatistics row, double mean)
    {
        if (row.Count < 2 || mean == 0)
        {
            return 0;
        }
        // In integers as far as it goes: Q - S^2/n subtracts two large numbers that are nearly equal.
        UInt128 sum = (UInt128)row.Total.Nanoseconds;
        UInt128 count = (UInt128)row.Count;
        double squares = (double)((row.SumOfSquares * count) - (sum * sum)) / row.Count;
        double variance = squares / (row.Count - 1);
        return 100 * Math.Sqrt(variance / row.Count) / mean;
    }
}
