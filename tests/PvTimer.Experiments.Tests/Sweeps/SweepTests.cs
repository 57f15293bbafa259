using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Parquet;
using Parquet.Schema;
using PvTimer.Experiments.Statistics;
using PvTimer.Experiments.Sweeps;
using PvTimer.Scenarios;
using PvTimer.Sharding.Sweeps;

namespace PvTimer.Experiments.Tests.Sweeps;

public sealed class SweepTests : IDisposable
{
    private static readonly string[] Axes =
    [
        "pvtimer.scan-period=50us,100us",
        "host.halt-poll=0ns,20us",
    ];

    private readonly SweptScenario _scenario = new();

    public void Dispose() => _scenario.Dispose();

    [Fact]
    public void Seeds_are_the_same_for_all_points_and_backends_and_the_first_is_the_scenarios_own()
    {
        SweepPlan plan = _scenario.Plan(2, Axes);
        Assert.Equal(4 * 2 * 2, plan.Runs.Length);
        Assert.All(
            plan.Runs,
            run => Assert.Equal(RepetitionSeed.Of(7, run.Repetition - 1), run.Seed)
        );
        Assert.Equal(
            ["50us 0ns", "50us 20us", "100us 0ns", "100us 20us"],
            plan.Points.Select(point => string.Join(' ', point.Values.Select(pair => pair.Value))),
            StringComparer.Ordinal
        );
    }

    [Fact]
    public void A_run_of_a_sweep_is_the_run_of_its_scenario()
    {
        SweepPlan plan = _scenario.Plan(2, Axes);
        SweepRun run = plan.Runs[^1];
        PointOutcome outcome = PointExecution.Run(plan.OrderOf(run), () => true)!;
        PointResult result = PointResult.Read(outcome.Result!);
        Scenario scenario = ScenarioReader.ReadOverridden(
            _scenario.File,
            [
                ScenarioOverride.Set("pvtimer.scan-period=100us"),
                ScenarioOverride.Set("host.halt-poll=20us"),
                ScenarioOverride.Set(
                    string.Create(CultureInfo.InvariantCulture, $"seed={run.Seed}")
                ),
            ]
        );
        BackendResult expected = Experiment
            .Run(scenario, EngineKind.Sequential, 1, (_, _) => true)
            .Backends.Single(each => each.Backend.Name == run.Backend);
        Assert.Equal(expected.Outcome.TraceHash, result.TraceHash);
        Assert.Equal(expected.Report.Timers.Fired, result.Find("timers.fired"));
        Assert.Equal(
            expected.Report.Lateness.Quantile(9_900).Nanoseconds,
            result.Find("lateness_ns.p99")
        );
        Assert.Null(result.Find("wall_seconds"));
    }

    [Fact]
    public async Task Results_have_the_same_bytes_whatever_order_runs_ended_in()
    {
        SweepPlan plan = _scenario.Plan(2, Axes);
        SweepResult one = Run(plan, "one", new LocalRunner(1));
        SweepResult other = Run(_scenario.Plan(2, Axes), "other", new Backwards());
        await SweepDirectory.Write(Path.Combine(_scenario.Folder, "one"), one);
        await SweepDirectory.Write(Path.Combine(_scenario.Folder, "other"), other);
        foreach (string file in new[] { "results.csv", "results.parquet", "summary.json" })
        {
            byte[] bytes = await File.ReadAllBytesAsync(
                Path.Combine(_scenario.Folder, "one", file)
            );
            Assert.NotEmpty(bytes);
            Assert.Equal(
                bytes,
                await File.ReadAllBytesAsync(Path.Combine(_scenario.Folder, "other", file))
            );
        }
    }

    [Fact]
    public async Task Parquet_has_the_rows_of_the_text()
    {
        SweepResult result = Run(_scenario.Plan(2, Axes), "one", new LocalRunner(2));
        using StringWriter csv = new(CultureInfo.InvariantCulture);
        SweepTable.WriteCsv(result, csv);
        string[] lines = csv.ToString().TrimEnd('\n').Split('\n');
        Assert.Equal(
            "point,pvtimer.scan-period,host.halt-poll,repetition,seed,backend,metric,value",
            lines[0]
        );
        using MemoryStream stream = new();
        await SweepTable.WriteParquet(result, stream);
        await using ParquetReader reader = await ParquetReader.CreateAsync(stream);
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
        DataField[] fields = reader.Schema.GetDataFields();
        int rows = (int)group.RowCount;
        Assert.Equal(lines.Length - 1, rows);
        string?[] metrics = new string?[rows];
        double[] values = new double[rows];
        long?[] whole = new long?[rows];
        await group.ReadAsync(Field("metric"), metrics.AsMemory());
        await group.ReadAsync<double>(Field("value"), values.AsMemory());
        await group.ReadAsync<long>(Field("integer"), whole.AsMemory());
        int[] points = new int[rows];
        int[] repetitions = new int[rows];
        await group.ReadAsync<int>(Field("point"), points.AsMemory());
        await group.ReadAsync<int>(Field("repetition"), repetitions.AsMemory());
        string[] texts = ["pvtimer.scan-period", "host.halt-poll", "seed", "backend"];
        string?[][] read = [.. texts.Select(_ => new string?[rows])];
        for (int column = 0; column < texts.Length; column++)
        {
            await group.ReadAsync(Field(texts[column]), read[column].AsMemory());
        }
        for (int row = 0; row < rows; row++)
        {
            string[] cells = lines[row + 1].Split(',');
            string own = string.Join(
                ',',
                points[row].ToString(CultureInfo.InvariantCulture),
                read[0][row],
                read[1][row],
                repetitions[row].ToString(CultureInfo.InvariantCulture),
                read[2][row],
                read[3][row]
            );
            Assert.Equal(string.Join(',', cells[..^2]), own);
            Assert.Equal(cells[^2], metrics[row]);
            Assert.Equal(double.Parse(cells[^1], CultureInfo.InvariantCulture), values[row]);
            Assert.Equal(
                long.TryParse(cells[^1], CultureInfo.InvariantCulture, out long integer)
                    ? integer
                    : null,
                whole[row]
            );
        }
        // By the plan: a row's repetition and point are those of its run.
        Assert.Equal(
            result.Plan.Runs.SelectMany(
                (run, at) =>
                    result.Results[at]!.Metrics.Select(metric =>
                        (run.Point + 1, run.Repetition, run.Backend, metric.Name, metric.Value)
                    )
            ),
            Enumerable
                .Range(0, rows)
                .Select(row =>
                    (points[row], repetitions[row], read[3][row]!, metrics[row]!, values[row])
                )
        );
        Assert.Contains("lateness_ns.p99", metrics, StringComparer.Ordinal);
        Assert.Contains("verdict.exits", metrics, StringComparer.Ordinal);

        DataField Field(string name) => fields.Single(each => each.Name == name);
    }

    [Fact]
    public void What_is_finished_is_not_run_again_and_what_failed_or_is_damaged_is()
    {
        SweepPlan plan = _scenario.Plan(1, Axes);
        SweepResult first = Run(plan, "kept", new Failing(plan.Runs[3].Hash));
        Assert.Equal((8, 0, 7, 1), Counts(first.Progress));
        Assert.Equal("it was to fail", Assert.Single(first.Failed).Why);
        Assert.Null(first.Results[3]);
        string damaged = Path.Combine(
            _scenario.Folder,
            "kept",
            "runs",
            plan.Runs[5].Hash + ".json"
        );
        File.WriteAllText(damaged, File.ReadAllText(damaged)[..40]);

        Counting counting = new();
        SweepResult again = Run(_scenario.Plan(1, Axes), "kept", counting);

        Assert.Equal(
            new[] { plan.Runs[3].Hash, plan.Runs[5].Hash },
            counting.Hashes,
            StringComparer.Ordinal
        );
        Assert.Equal((8, 6, 2, 0), Counts(again.Progress));
        Assert.DoesNotContain(null, again.Results);
        Assert.Empty(Directory.GetFiles(Path.Combine(_scenario.Folder, "kept", "failed")));
        // A larger matrix has what the smaller one had.
        SweepResult larger = Run(
            _scenario.Plan(1, Axes[0] + ",200us", Axes[1]),
            "kept",
            new LocalRunner(2)
        );
        Assert.Equal((12, 8, 4, 0), Counts(larger.Progress));
    }

    [Fact]
    public void A_sweep_that_was_stopped_keeps_what_is_finished()
    {
        SweepPlan plan = _scenario.Plan(1, Axes);
        using CancellationTokenSource stop = new();
        SweepResult stopped = Sweep.Run(
            plan,
            _scenario.Store("stopped"),
            new LocalRunner(1),
            progress =>
            {
                if (progress.Done == 3)
                {
                    stop.Cancel();
                }
            },
            stop.Token
        );
        Assert.True(stopped.IsInterrupted);
        Assert.Equal(3, stopped.Results.Count(result => result is not null));
        SweepResult rest = Run(plan, "stopped", new LocalRunner(1));
        Assert.Equal((8, 3, 5, 0), Counts(rest.Progress));
    }

    [Theory]
    [InlineData("host.cpus=3,0", "point 2 (host.cpus=0): ", "host.cpus: '0' is out of range")]
    [InlineData(
        "host.cpus=3,4,5,0,-1,-2,-3,-4,-5,-6,-7,-8",
        "point 4 (host.cpus=0): ",
        "host.cpus: '0' is out of range"
    )]
    [InlineData("hst.cpus=3", "point 1 (hst.cpus=3): ", "hst: unknown key")]
    public void A_point_that_cannot_be_run_is_refused_before_any(
        string axis,
        string point,
        string key
    )
    {
        SweepException refused = Assert.Throws<SweepException>(() => _scenario.Plan(1, axis));
        Assert.StartsWith(point, refused.Message, StringComparison.Ordinal);
        Assert.Contains(key, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void A_sweep_that_has_changed_is_not_resumed()
    {
        string directory = Path.Combine(_scenario.Folder, "out");
        SweepPlan plan = _scenario.Plan(1, Axes);
        SweepDirectory.Begin(directory, plan);
        Assert.Equal(plan.Hash, SweepDirectory.Resume(directory).Hash);
        File.WriteAllText(
            _scenario.File,
            File.ReadAllText(_scenario.File)
                .Replace("duration = 4ms", "duration = 5ms", StringComparison.Ordinal)
        );
        SweepException changed = Assert.Throws<SweepException>(() =>
            SweepDirectory.Resume(directory)
        );
        Assert.Contains("has changed", changed.Message, StringComparison.Ordinal);
        SweepException none = Assert.Throws<SweepException>(() =>
            SweepDirectory.Resume(_scenario.Folder)
        );
        Assert.Contains("holds no sweep", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_of_another_build_gives_no_result()
    {
        SweepPlan plan = _scenario.Plan(1, Axes);
        PointOrder order = plan.OrderOf(plan.Runs[0]) with { Hash = new string('0', 64) };
        PointOutcome outcome = PointExecution.Run(order, () => true)!;
        Assert.Null(outcome.Result);
        Assert.Contains("another build", outcome.Failure, StringComparison.Ordinal);
    }

    private SweepResult Run(SweepPlan plan, string name, IPointRunner runner) =>
        Sweep.Run(plan, _scenario.Store(name), runner, _ => { }, CancellationToken.None);

    private static (int Total, int Cached, int Done, int Failed) Counts(SweepProgress progress) =>
        (progress.Total, progress.Cached, progress.Done, progress.Failed);

    /// <summary>The last run first.</summary>
    private sealed class Backwards : IPointRunner
    {
        public void Run(
            IEnumerable<PointOrder> orders,
            Action<PointOutcome> finished,
            CancellationToken stop
        )
        {
            foreach (PointOrder order in orders.Reverse())
            {
                finished(PointExecution.Run(order, () => true)!);
            }
        }
    }

    private sealed class Counting : IPointRunner
    {
        public ImmutableArray<string> Hashes { get; private set; } = [];

        public void Run(
            IEnumerable<PointOrder> orders,
            Action<PointOutcome> finished,
            CancellationToken stop
        )
        {
            foreach (PointOrder order in orders)
            {
                Hashes = Hashes.Add(order.Hash);
                finished(PointExecution.Run(order, () => true)!);
            }
        }
    }

    private sealed class Failing(string hash) : IPointRunner
    {
        public void Run(
            IEnumerable<PointOrder> orders,
            Action<PointOutcome> finished,
            CancellationToken stop
        )
        {
            foreach (PointOrder order in orders)
            {
                finished(
                    order.Hash == hash
                        ? new PointOutcome(hash, Result: null, "it was to fail")
                        : PointExecution.Run(order, () => true)!
                );
            }
        }
    }
}
