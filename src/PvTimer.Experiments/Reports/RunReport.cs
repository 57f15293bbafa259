using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments.Explain;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Reports;

/// <summary>The report of one run: all of its back-ends on the same guests.</summary>
public static class RunReport
{
    /// <param name="result">The run.</param>
    /// <param name="command">What repeats it.</param>
    /// <param name="explanation">Of the same run; null: it was not watched.</param>
    public static Report Of(
        ExperimentResult result,
        string command,
        RunExplanation? explanation = null
    )
    {
        ArgumentNullException.ThrowIfNull(result);
        Scenario scenario = result.Scenario;
        Verdict verdict = Verdict.Of(result);
        return new Report(
            $"{scenario.Name}: {Names(result)}",
            Question(result),
            [
                .. VerdictWords.Of(verdict, scenario.Duration),
                .. result.Verdicts.Select(each => $"{(each.Holds ? "kept" : "not kept")}: {each}"),
                .. scenario.Warnings.Select(warning => $"warning: {warning}"),
            ],
            [
                ExitSection.Of(result),
                Lateness(result),
                .. explanation is null ? [] : ExplanationSections.Of(explanation),
                Cpu(result),
                .. Thresholds(result),
                About(result),
            ],
            command
        );
    }

    private static string Names(ExperimentResult result) =>
        Sentence([.. result.Backends.Select(each => each.Backend.Name)]);

    /// <summary>"a", "a and b", "a, b and c".</summary>
    private static string Sentence(string[] names) =>
        names is [.. var first, var last] && first.Length > 0
            ? $"{string.Join(", ", first)} and {last}"
            : names[0];

    private static string Question(ExperimentResult result) =>
        result.Scenario.Question is { } asked ? asked
        : result.Backends.Length == 1
            ? $"{result.Scenario.Name}: what does {Names(result)} cost, and how late are its timers?"
        : $"{result.Scenario.Name}: what do {Names(result)} cost, and how late are their timers?";

    private static ReportSection Lateness(ExperimentResult result)
    {
        ImmutableArray<LatenessSample> samples =
        [
            .. result.Backends.Select(each => new LatenessSample(
                each.Backend.Name,
                each.Report.Lateness,
                IsReference: false
            )),
            .. result
                .Backends.Select(each => each.Recorded)
                .OfType<RecordedComparison>()
                .Take(1)
                .Select(recorded => new LatenessSample(
                    "recorded",
                    recorded.Lateness,
                    IsReference: true
                )),
        ];
        bool isRelative = result.Backends.Any(each => each.Recorded?.IsRelative == true);
        return new ReportSection(
            "Lateness",
            isRelative
                ?
                [
                    "The recorded latenesses count from the smallest of the recording, the emulated ones from the deadline.",
                ]
                : [],
            LatenessCurves.Charts(samples),
            [LatenessCurves.Table(samples)]
        );
    }

    private static ReportSection Cpu(ExperimentResult result)
    {
        (string Name, CpuTime Time)[] rows =
        [
            .. result.Backends.SelectMany(each =>
                each.Report.TimerCpu.Total == VirtualDuration.Zero
                    ? [(each.Backend.Name, each.Report.Cpu)]
                    : new[]
                    {
                        (
                            $"{each.Backend.Name}, vCPUs' CPUs",
                            each.Report.Cpu - each.Report.TimerCpu
                        ),
                        ($"{each.Backend.Name}, timer CPU", each.Report.TimerCpu),
                    }
            ),
        ];
        double seconds = Seconds(result);
        (string Name, Func<CpuTime, VirtualDuration> Of)[] uses =
        [
            ("guest", time => time.Guest),
            ("exits", time => time.Exit),
            ("interrupts", time => time.Interrupt),
            ("timer kthread", time => time.Kthread),
            ("halt polling", time => time.Poll),
        ];
        return new ReportSection(
            "CPU time",
            [
                "Time in which physical CPUs were not idle, per second of virtual time, over all of them.",
            ],
            [
                new BarChart(
                    "CPU time by use",
                    $"CPU time per second: {string.Join("; ", rows.Select(row => $"{row.Name} {Quantities.Span(row.Time.Busy.Nanoseconds / seconds)}"))}",
                    new ChartAxis("CPU time per second of virtual time", ChartUnit.Span),
                    [.. rows.Select(row => row.Name)],
                    [
                        .. uses.Select(use => new BarPart(
                            use.Name,
                            [.. rows.Select(row => use.Of(row.Time).Nanoseconds / seconds)]
                        )),
                    ]
                ),
            ],
            [
                new ReportTable(
                    "CPU time per second",
                    ["", .. uses.Select(use => use.Name), "all"],
                    [
                        .. rows.Select(row =>
                            (ImmutableArray<string>)
                                [
                                    row.Name,
                                    .. uses.Select(use =>
                                        Quantities.Span(use.Of(row.Time).Nanoseconds / seconds)
                                    ),
                                    Quantities.Span(row.Time.Busy.Nanoseconds / seconds),
                                ]
                        ),
                    ]
                ),
            ]
        );
    }

    private static IEnumerable<ReportSection> Thresholds(ExperimentResult result) =>
        result.Verdicts.IsEmpty
            ? []
            :
            [
                new ReportSection(
                    "Thresholds",
                    [],
                    [],
                    [
                        new ReportTable(
                            "Promises of the scenario",
                            ["", "promised", "found", ""],
                            [
                                .. result.Verdicts.Select(each =>
                                    (ImmutableArray<string>)
                                        [
                                            each.Threshold.Path,
                                            each.Threshold.Condition,
                                            each.Found,
                                            each.Holds ? "kept" : "not kept",
                                        ]
                                ),
                            ]
                        )
                        {
                            Failed =
                            [
                                .. Enumerable
                                    .Range(0, result.Verdicts.Length)
                                    .Where(index => !result.Verdicts[index].Holds),
                            ],
                        },
                    ]
                ),
            ];

    private static ReportSection About(ExperimentResult result)
    {
        BuildIdentity build = BuildIdentity.Current;
        Scenario scenario = result.Scenario;
        return new ReportSection(
            "The run",
            ["What is printed about pvtimer is a prediction of the model and its cost profile."],
            [],
            [
                new ReportTable(
                    "What was run",
                    ["", ""],
                    [
                        ["scenario", scenario.Name],
                        ["seed", scenario.Seed.ToString(CultureInfo.InvariantCulture)],
                        ["virtual time", Quantities.Span(scenario.Duration)],
                        ["costs", scenario.Host.Costs.Name],
                        ["version", build.ToString()],
                        ["processor", build.Cpu],
                        .. result.Backends.Select(each =>
                            (ImmutableArray<string>)
                                [$"trace hash of {each.Backend.Name}", each.Outcome.TraceHash]
                        ),
                    ]
                ),
            ]
        );
    }

    private static double Seconds(ExperimentResult result) =>
        result.Scenario.Duration.Nanoseconds / 1e9;
}
