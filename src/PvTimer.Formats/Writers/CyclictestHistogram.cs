using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Writers;

/// <summary>
/// Latenesses as `cyclictest -h` prints them (rt-tests, src/cyclictest/cyclictest.c, print_hist): whole microseconds,
/// a column for each thread, and below the buckets what they do not hold.
/// </summary>
public static class CyclictestHistogram
{
    /// <summary>Microseconds from here on are overflows, as of `-h 1000`.</summary>
    public const int Buckets = 1_000;

    private const long Microsecond = 1_000;

    /// <param name="writer">Where to; lines end in \n.</param>
    /// <param name="threads">Latenesses; an early one counts as 0, the format knows no less.</param>
    public static void Write(TextWriter writer, ImmutableArray<ExactDistribution> threads)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Column[] columns = [.. threads.Select(thread => new Column(thread))];
        writer.Write("# Histogram\n");
        for (int bucket = 0; bucket < Buckets; bucket++)
        {
            string counts = string.Join('\t', columns.Select(column => Six(column.Counts[bucket])));
            writer.Write($"{Six(bucket)} {counts}\n");
        }
        Footer(writer, "Total:", columns, column => $"{column.Total:000000000}");
        Footer(writer, "Min Latencies:", columns, column => $"{column.Least:00000}");
        Footer(
            writer,
            "Avg Latencies:",
            columns,
            column => $"{(column.Total == 0 ? 0 : column.Sum / column.Total):00000}"
        );
        Footer(writer, "Max Latencies:", columns, column => $"{column.Most:00000}");
        Footer(writer, "Histogram Overflows:", columns, column => $"{column.Overflows:00000}");
        writer.Write("# Histogram Overflow at cycle number:\n");
        for (int thread = 0; thread < columns.Length; thread++)
        {
            // At which of its cycles is not known any more: the rest is all that is said.
            string others =
                columns[thread].Overflows == 0
                    ? ""
                    : $" # {columns[thread].Overflows:00000} others";
            writer.Write($"# Thread {thread}:{others}\n");
        }
    }

    private static void Footer(
        TextWriter writer,
        string name,
        Column[] columns,
        Func<Column, FormattableString> of
    ) =>
        writer.Write(
            $"# {name} {string.Join(' ', columns.Select(column => FormattableString.Invariant(of(column))))}\n"
        );

    private static string Six(long number) =>
        number.ToString("000000", CultureInfo.InvariantCulture);

    private sealed class Column
    {
        public Column(ExactDistribution latenesses)
        {
            Least = latenesses.Count == 0 ? 0 : long.MaxValue;
            foreach ((VirtualDuration span, long count) in latenesses.Ascending())
            {
                long whole = long.Max(0, span.Nanoseconds / Microsecond);
                Total += count;
                Sum += whole * count;
                Least = long.Min(Least, whole);
                Most = long.Max(Most, whole);
                if (whole < Buckets)
                {
                    Counts[whole] += count;
                }
                else
                {
                    Overflows += count;
                }
            }
        }

        public long[] Counts { get; } = new long[Buckets];

        public long Total { get; }

        public long Sum { get; }

        public long Least { get; }

        public long Most { get; }

        public long Overflows { get; }
    }
}
