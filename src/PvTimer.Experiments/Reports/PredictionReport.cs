using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments.Predictions;
using PvTimer.Experiments.Statistics;
using PvTimer.Experiments.Survey;

namespace PvTimer.Experiments.Reports;

/// <summary>The report of a prediction: the run of all back-ends, and what was searched beside it.</summary>
public static class PredictionReport
{
    /// <param name="prediction">What was found.</param>
    /// <param name="command">What repeats it.</param>
    public static Report Of(Prediction prediction, string command)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        BackendSurvey survey = prediction.Survey;
        Report run = RunReport.Of(
            new ExperimentResult(
                survey.Scenario,
                EngineKind.Sequential,
                1,
                1,
                [.. survey.Backends.Select(each => each.Result).OfType<BackendResult>()],
                Interrupted: false
            ),
            command
        );
        Report tuning = OptimumReport.Of(prediction.Tuning, command);
        return new Report(
            $"{prediction.Request.Name}: does pvtimer pay?",
            $"{prediction.Request.Name}: does pvtimer pay for this guest, and what would suit it best?",
            [.. PredictionWords.Of(prediction).Select(line => line.Trim())],
            [
                BreakEvenSection(prediction),
                Tails(prediction),
                tuning.Sections[0] with
                {
                    Heading = "pvtimer's scan period and padding",
                },
                .. run.Sections,
                new ReportSection(
                    "What this assumes",
                    [.. PredictionWords.Assumptions(prediction)],
                    [],
                    []
                ),
            ],
            command
        );
    }

    private static ReportSection BreakEvenSection(Prediction prediction)
    {
        ImmutableArray<Curve> saved =
        [
            .. prediction.BreakEvens.Select(line => new Curve(
                $"saved against {line.Against}",
                CurveStyle.Line,
                [.. line.Points.Select(point => (double[])[point.Vcpus, point.Saved * 1e9])]
            )),
        ];
        BreakEven? any = prediction.BreakEvens.FirstOrDefault();
        ImmutableArray<Curve> spent = any is null
            ? []
            :
            [
                new Curve(
                    "timer CPU, busy",
                    CurveStyle.Line,
                    [.. any.Points.Select(point => (double[])[point.Vcpus, point.TimerCpu * 1e9])]
                ),
                new Curve(
                    "timer CPU, as a whole one",
                    CurveStyle.Reference,
                    [.. any.Points.Select(point => (double[])[point.Vcpus, 1e9])]
                ),
            ];
        return new ReportSection(
            "From how many vCPUs on it pays",
            [],
            [
                new CurveChart(
                    "CPU time that pvtimer saves, and what its timer CPU takes",
                    $"CPU time saved by pvtimer over vCPUs per timer CPU: {string.Join("; ", prediction.BreakEvens.Select(line => $"against {line.Against} it pays {PredictionWords.Pays(line.Whole)}, by busy time {PredictionWords.Pays(line.Busy)}"))}",
                    new ChartAxis("vCPUs on one timer CPU", ChartUnit.Count, IsLogarithmic: true),
                    new ChartAxis("CPU time per second", ChartUnit.Span),
                    [.. saved, .. spent]
                ),
            ],
            [
                new ReportTable(
                    "Break-even, vCPUs on one timer CPU",
                    ["", "timer CPU counted as a whole one", "counted by its busy time"],
                    [
                        .. prediction.BreakEvens.Select(line =>
                            (ImmutableArray<string>)
                                [
                                    $"instead of {line.Against}",
                                    PredictionWords.Pays(line.Whole),
                                    PredictionWords.Pays(line.Busy),
                                ]
                        ),
                    ]
                ),
            ]
        );
    }

    private static ReportSection Tails(Prediction prediction)
    {
        string[] profiles =
        [
            .. prediction
                .Tails.SelectMany(tail => tail.ByProfile.Select(each => each.Profile))
                .Distinct(StringComparer.Ordinal),
        ];
        return new ReportSection(
            "How sure the tail is",
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Means of {prediction.Request.Repetitions} seeds with half of their 95 % intervals; beside them p99 on hosts with other costs."
                ),
            ],
            [],
            [
                new ReportTable(
                    "Lateness over seeds, and p99 by cost profile",
                    ["", "p50", "p99", "p99.9", .. profiles.Select(name => $"p99, {name}")],
                    [
                        .. prediction.Tails.Select(tail =>
                            (ImmutableArray<string>)
                                [
                                    tail.Backend,
                                    Shown(tail.Median),
                                    Shown(tail.Tail),
                                    Shown(tail.Extreme),
                                    .. profiles.Select(name =>
                                        tail.ByProfile.FirstOrDefault(each => each.Profile == name)
                                            is { } known
                                            ? Quantities.Span(known.Tail)
                                            : Quantities.None
                                    ),
                                ]
                        ),
                    ]
                ),
            ]
        );
    }

    private static string Shown(ConfidenceInterval? interval) =>
        interval is null ? Quantities.None
        : interval.HalfWidth is { } half
            ? $"{Quantities.Span(interval.Mean)} ± {Quantities.Span(half)}"
        : Quantities.Span(interval.Mean);
}
