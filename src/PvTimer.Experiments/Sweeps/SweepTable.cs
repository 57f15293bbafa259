using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Parquet;
using Parquet.Schema;

namespace PvTimer.Experiments.Sweeps;

/// <summary>
/// A sweep's results as one table, in the order of the plan: a row for each point, repetition, back-end and metric. The
/// same results give the same bytes, wherever and in which order they were computed.
/// </summary>
/// <remarks>
/// <code>
///   point       from 1                        backend     name
///   KEY ...     the values of the axes        metric      path in summary.json, verdict.CRITERION, thresholds.broken
///   repetition  from 1                        value       as a floating-point number
///   seed        text: more than 63 bits       integer     the same exactly, where it is an integer
/// </code>
/// </remarks>
internal static class SweepTable
{
    private sealed record Row(SweepPoint Point, SweepRun Run, Metric Metric);

    /// <summary>As comma-separated text with a line of names, RFC 4180 but for its line feeds.</summary>
    public static void WriteCsv(SweepResult result, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(writer);
        string[] keys = KeysOf(result);
        string[] names = ["point", .. keys, "repetition", "seed", "backend", "metric", "value"];
        writer.Write(string.Join(',', names.Select(Field)) + "\n");
        foreach (Row row in RowsOf(result))
        {
            SweepRun run = row.Run;
            writer.Write(
                string.Join(
                    ',',
                    [
                        Number(run.Point + 1),
                        .. row.Point.Values.Select(pair => Field(pair.Value)),
                        Number(run.Repetition),
                        run.Seed.ToString(CultureInfo.InvariantCulture),
                        run.Backend,
                        Field(row.Metric.Name),
                        row.Metric.Text,
                    ]
                ) + "\n"
            );
        }
    }

    /// <summary>As Apache Parquet, one row group.</summary>
    public static async Task WriteParquet(SweepResult result, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(result);
        Row[] rows = [.. RowsOf(result)];
        DataField<int> point = new("point");
        DataField[] keys = [.. KeysOf(result).Select(key => (DataField)Text(key))];
        DataField<int> repetition = new("repetition");
        DataField seed = Text("seed");
        DataField backend = Text("backend");
        DataField metric = Text("metric");
        DataField<double> value = new("value");
        DataField integer = new DataField<long>("integer", nullable: true);
        ParquetSchema schema = new([
            point,
            .. keys,
            repetition,
            seed,
            backend,
            metric,
            value,
            integer,
        ]);
        ParquetWriter writer = await ParquetWriter
            .CreateAsync(schema, stream)
            .ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await Column(group, point, rows, row => row.Run.Point + 1).ConfigureAwait(false);
            for (int key = 0; key < keys.Length; key++)
            {
                int at = key;
                await Column(group, keys[key], rows, row => row.Point.Values[at].Value)
                    .ConfigureAwait(false);
            }
            await Column(group, repetition, rows, row => row.Run.Repetition).ConfigureAwait(false);
            await Column(
                    group,
                    seed,
                    rows,
                    row => row.Run.Seed.ToString(CultureInfo.InvariantCulture)
                )
                .ConfigureAwait(false);
            await Column(group, backend, rows, row => row.Run.Backend).ConfigureAwait(false);
            await Column(group, metric, rows, row => row.Metric.Name).ConfigureAwait(false);
            await Column(group, value, rows, row => row.Metric.Value).ConfigureAwait(false);
            await group
                .WriteAsync<long>(
                    integer,
                    rows.Select(row => row.Metric.Whole).ToArray().AsMemory()
                )
                .ConfigureAwait(false);
        }
    }

    private static DataField Text(string name) => new(name, typeof(string), isNullable: false);

    private static async Task Column<T>(
        ParquetRowGroupWriter group,
        DataField field,
        Row[] rows,
        Func<Row, T> read
    )
        where T : struct =>
        await group
            .WriteAsync<T>(field, rows.Select(read).ToArray().AsMemory())
            .ConfigureAwait(false);

    private static async Task Column(
        ParquetRowGroupWriter group,
        DataField field,
        Row[] rows,
        Func<Row, string> read
    ) => await group.WriteAsync(field, rows.Select(read).ToArray()).ConfigureAwait(false);

    private static string[] KeysOf(SweepResult result) =>
        [.. result.Plan.Request.Axes.SelectMany(axis => axis.Keys)];

    private static IEnumerable<Row> RowsOf(SweepResult result) =>
        result
            .Plan.Runs.Zip(result.Results)
            .Where(pair => pair.Second is not null)
            .SelectMany(pair =>
            {
                SweepPoint point = result.Plan.Points[pair.First.Point];
                return MetricsOf(result.Plan, point, pair.Second!)
                    .Select(metric => new Row(point, pair.First, metric));
            });

    private static IEnumerable<Metric> MetricsOf(
        SweepPlan plan,
        SweepPoint point,
        PointResult run
    ) =>
        PointVerdict.BrokenBy(plan, point, run) is { } broken
            ? run.Metrics.Append(new Metric(PointVerdict.BrokenMetric, Number(broken)))
            : run.Metrics;

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Field(string text) =>
        text.AsSpan().IndexOfAny(",\"\n\r") < 0
            ? text
            : new StringBuilder(text).Replace("\"", "\"\"").Insert(0, '"').Append('"').ToString();
}
