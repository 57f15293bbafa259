using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments.Statistics;
using PvTimer.Experiments.Sweeps;

namespace PvTimer.Experiments.Reports;

/// <summary>The report of a sweep: each main figure over the axes.</summary>
internal static class MatrixReport
{
    /// <summary>More curves cannot be told apart.</summary>
    private const int MostCurves = 15;

    /// <summary>The page is for people; the table of all rows is results.csv.</summary>
    private const int MostRows = 400;

    private static readonly MetricName Duration = new("duration_ns", IsSpan: true);

    private static readonly Figure[] Drawn =
    [
        new(
            "A timer's own VM-exits, for each that fired",
            ChartUnit.Count,
            IsPerSecond: false,
            [new("timer_exits_per_fired", IsSpan: false)]
        ),
        new(
            "VM-exits per second",
            ChartUnit.Count,
            IsPerSecond: true,
            [new("verdict.exits", IsSpan: false)]
        ),
        new(
            "Time of the host for its guests per second: exits, interrupts, timer kthread",
            ChartUnit.Span,
            IsPerSecond: true,
            [
                new("cpu_ns.exit", IsSpan: true),
                new("cpu_ns.interrupt", IsSpan: true),
                new("cpu_ns.kthread", IsSpan: true),
            ]
        ),
        new(
            "CPU time per second, polling included",
            ChartUnit.Span,
            IsPerSecond: true,
            [new("verdict.cpu_with_polling", IsSpan: true)]
        ),
        new(
            "Lateness, median",
            ChartUnit.Span,
            IsPerSecond: false,
            [new("verdict.lateness_p50", IsSpan: true)]
        ),
        new(
            "Lateness, p99",
            ChartUnit.Span,
            IsPerSecond: false,
            [new("verdict.lateness_p99", IsSpan: true)]
        ),
        new(
            "Lateness, p99.9",
            ChartUnit.Span,
            IsPerSecond: false,
            [new("lateness_ns.p99_9", IsSpan: true)]
        ),
    ];

    /// <param name="Title">Of its chart.</param>
    /// <param name="Unit">Of its numbers.</param>
    /// <param name="IsPerSecond">It is counted over the run, and shown for each second.</param>
    /// <param name="Metrics">What it is the sum of.</param>
    private sealed record Figure(
        string Title,
        ChartUnit Unit,
        bool IsPerSecond,
        ImmutableArray<MetricName> Metrics
    )
    {
        public ConfidenceInterval? Of(SweepResult result, SweepPoint point, string backend)
        {
            double[] samples = [.. result.Of(point, backend).Select(Number).OfType<double>()];
            return samples is [] ? null : ConfidenceInterval.Of(samples);
        }

        public string Shown(double? value) =>
            value is not { } known ? Quantities.None
            : Unit == ChartUnit.Span ? Quantities.Span(known)
            : known < 1_000 ? Quantities.Ratio(known)
            : Quantities.Count(known);

        /// <summary>Null: the run has not all of its parts.</summary>
        private double? Number(PointResult result)
        {
            double? sum = 0;
            foreach (MetricName metric in Metrics)
            {
                sum += metric.Of(result);
            }
            return IsPerSecond ? sum * 1e9 / Duration.Of(result) : sum;
        }
    }

    /// <param name="result">The sweep.</param>
    /// <param name="command">What repeats it.</param>
    public static Report Of(SweepResult result, string command)
    {
        ArgumentNullException.ThrowIfNull(result);
        SweepPlan plan = result.Plan;
        string keys = string.Join(" and ", plan.Request.Axes.Select(axis => axis.Name));
        return new Report(
            $"{plan.Scenario.Name} over {keys}",
            plan.Scenario.Question ?? $"{plan.Scenario.Name}: what does it come to over {keys}?",
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{plan.Points.Length} points on {string.Join(", ", plan.Backends)}, {plan.Request.Repetitions} repetitions each, with the same seeds everywhere"
                ),
                .. PointThresholds.Answer(result),
                .. Extremes(result),
                .. result.Failed.IsEmpty
                    ? []
                    : (string[])
                        [
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{result.Failed.Length} runs failed, and are left out"
                            ),
                        ],
            ],
            [
                .. PointThresholds.Sections(result),
                .. Drawn.Select(figure => Section(result, figure)),
                About(result),
            ],
            command
        );
    }

    /// <summary>Where each figure is smallest.</summary>
    private static IEnumerable<string> Extremes(SweepResult result) =>
        from figure in Drawn
        let best = (
            from point in result.Plan.Points
            from backend in result.Plan.Backends
            let interval = figure.Of(result, point, backend)
            where interval is not null
            orderby interval.Mean
            select (point, backend, interval)
        ).FirstOrDefault()
        where best.interval is not null
        select $"{figure.Title}: least {figure.Shown(best.interval.Mean)} on {best.backend} with {best.point}";

    private static ReportSection Section(SweepResult result, Figure figure) =>
        new(figure.Title, [], [.. Charts(result, figure)], [Table(result, figure)]);

    private static IEnumerable<Chart> Charts(SweepResult result, Figure figure)
    {
        ImmutableArray<SweepAxis> axes = result.Plan.Request.Axes;
        if (axes.IsEmpty)
        {
            yield break;
        }
        (int along, AxisScale? scale) = Longest(axes);
        (string Name, Func<SweepPoint, bool> Has)[] others =
        [
            .. result
                .Plan.Points.Select(point => Others(axes, point, along))
                .Distinct(StringComparer.Ordinal)
                .Select(name =>
                    (name, (Func<SweepPoint, bool>)(point => Others(axes, point, along) == name))
                ),
        ];
        if (scale is not null && others.Length * result.Plan.Backends.Length <= MostCurves)
        {
            yield return Curves(result, figure, along, scale, others);
        }
        else if (axes.Length == 2)
        {
            foreach (string backend in result.Plan.Backends)
            {
                yield return HeatMap(result, figure, backend);
            }
        }
        else if (result.Plan.Points.Length * result.Plan.Backends.Length <= 4 * MostCurves)
        {
            yield return Bars(result, figure);
        }
    }

    private static (int Along, AxisScale? Scale) Longest(ImmutableArray<SweepAxis> axes)
    {
        (int Index, AxisScale? Scale)[] scaled =
        [
            .. axes.Select((axis, index) => (index, AxisScale.Of(axis))),
        ];
        return scaled
            .OrderByDescending(each => each.Scale?.Numbers.Length ?? 0)
            .ThenBy(each => each.Index)
            .First();
    }

    /// <summary>The values of all other axes: what tells curves apart.</summary>
    private static string Others(ImmutableArray<SweepAxis> axes, SweepPoint point, int along) =>
        string.Join(
            ", ",
            axes.Select((axis, index) => (axis, index))
                .Where(each => each.index != along)
                .Select(each =>
                    $"{each.axis.Name}={each.axis.ValueAt(point.Positions[each.index])}"
                )
        );

    private static CurveChart Curves(
        SweepResult result,
        Figure figure,
        int along,
        AxisScale scale,
        (string Name, Func<SweepPoint, bool> Has)[] others
    )
    {
        ImmutableArray<Curve> curves =
        [
            .. from backend in result.Plan.Backends
            from other in others
            let points = (
                from point in result.Plan.Points
                where other.Has(point)
                let interval = figure.Of(result, point, backend)
                where interval is not null
                select (double[])[scale.Numbers[point.Positions[along]], interval.Mean]
            ).ToImmutableArray()
            select new Curve(
                other.Name.Length > 0 ? $"{backend}, {other.Name}" : backend,
                CurveStyle.Line,
                points
            ),
        ];
        double[] values = [.. curves.SelectMany(curve => curve.Points).Select(point => point[1])];
        bool isWide = values is not [] && values.Min() > 0 && values.Max() / values.Min() > 100;
        return new CurveChart(
            figure.Title,
            $"{figure.Title} over {scale.Axis.Name}: {string.Join("; ", curves.Where(curve => !curve.Points.IsEmpty).Select(curve => $"{curve.Name} from {figure.Shown(curve.Points[0][1])} to {figure.Shown(curve.Points[^1][1])}"))}",
            scale.Axis,
            new ChartAxis("", figure.Unit, isWide),
            curves
        );
    }

    private static HeatMapChart HeatMap(SweepResult result, Figure figure, string backend)
    {
        ImmutableArray<SweepAxis> axes = result.Plan.Request.Axes;
        ImmutableArray<string> Labels(int axis) =>
            [.. Enumerable.Range(0, axes[axis].Values.Length).Select(axes[axis].ValueAt)];

        return new HeatMapChart(
            $"{figure.Title}: {backend}",
            $"{figure.Title} of {backend} over {axes[1].Name} and {axes[0].Name}; the figures are in the table",
            Labels(1),
            Labels(0),
            figure.Unit,
            [
                .. from point in result.Plan.Points
                let interval = figure.Of(result, point, backend)
                where interval is { Mean: > 0 }
                select (double[])[point.Positions[1], point.Positions[0], interval.Mean],
            ]
        );
    }

    private static BarChart Bars(SweepResult result, Figure figure)
    {
        (string Name, double Mean)[] bars =
        [
            .. from point in result.Plan.Points
            from backend in result.Plan.Backends
            let interval = figure.Of(result, point, backend)
            where interval is not null
            select ($"{backend}, {point}", interval.Mean),
        ];
        return new BarChart(
            figure.Title,
            $"{figure.Title}: {string.Join("; ", bars.Select(bar => $"{bar.Name} {figure.Shown(bar.Mean)}"))}",
            new ChartAxis("", figure.Unit),
            [.. bars.Select(bar => bar.Name)],
            [new BarPart(figure.Title, [.. bars.Select(bar => bar.Mean)])]
        );
    }

    private static ReportTable Table(SweepResult result, Figure figure)
    {
        SweepPlan plan = result.Plan;
        int left = Math.Max(0, plan.Points.Length - MostRows);
        string rest =
            left > 0
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"; {left} more points are in results.csv"
                )
                : "";
        return new ReportTable(
            $"{figure.Title}: mean and half of its 95 % interval{rest}",
            ["", .. plan.Backends],
            [
                .. plan
                    .Points.Take(MostRows)
                    .Select(point =>
                        (ImmutableArray<string>)
                            [
                                point.Values.IsEmpty ? plan.Scenario.Name : point.ToString(),
                                .. plan.Backends.Select(backend =>
                                    Cell(figure, figure.Of(result, point, backend))
                                ),
                            ]
                    ),
            ]
        );
    }

    private static string Cell(Figure figure, ConfidenceInterval? interval) =>
        interval is null ? Quantities.None
        : interval.HalfWidth is > 0 and { } half
            ? $"{figure.Shown(interval.Mean)} ± {figure.Shown(half)}"
        : figure.Shown(interval.Mean);

    private static ReportSection About(SweepResult result)
    {
        SweepPlan plan = result.Plan;
        return new ReportSection(
            "The sweep",
            ["What is printed about pvtimer is a prediction of the model and its cost profile."],
            [],
            [
                new ReportTable(
                    "What was swept",
                    ["", ""],
                    [
                        ["scenario", plan.Scenario.Name],
                        .. plan.Request.Axes.Select(axis =>
                            (ImmutableArray<string>)[axis.Name, axis.Text]
                        ),
                        ["seeds", string.Join(", ", plan.Seeds)],
                        ["costs", plan.Scenario.Host.Costs.Name],
                        ["version", BuildIdentity.Current.ToString()],
                    ]
                ),
            ]
        );
    }
}
