using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments.Comparisons;

namespace PvTimer.Experiments.Reports;

/// <summary>The report of a comparison, see <see cref="PairedComparison"/>.</summary>
public static class ComparisonReport
{
    /// <param name="comparison">What was found.</param>
    /// <param name="command">What repeats it.</param>
    public static Report Of(PairedComparison comparison, string command)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        string a = comparison.Left.Name;
        string b = comparison.Right.Name;
        return new Report(
            $"{a} and {b}",
            $"What changes from {a} (A) to {b} (B)?",
            [.. comparison.Pairs.SelectMany(pair => Answers(comparison, pair))],
            [Parameters(comparison), .. comparison.Pairs.Select(Section)],
            command
        );
    }

    private static string NameOf(ComparedPair pair) =>
        pair.Left == pair.Right ? pair.Left.Name : $"{pair.Left} (A), {pair.Right} (B)";

    /// <summary>A line for each verdict, with the figures that have it.</summary>
    private static IEnumerable<string> Answers(PairedComparison comparison, ComparedPair pair)
    {
        string name = comparison.Pairs.Length > 1 ? $"{NameOf(pair)}: " : "";
        foreach (
            var verdict in pair
                .Figures.Where(figure => figure.Verdict != PairedVerdict.Absent)
                .GroupBy(figure => figure.Verdict)
                .OrderBy(group =>
                    group.Key switch
                    {
                        PairedVerdict.Lower => 0,
                        PairedVerdict.Higher => 1,
                        PairedVerdict.Inconclusive => 2,
                        _ => 3,
                    }
                )
        )
        {
            string figures = string.Join(
                ", ",
                verdict.Select(figure =>
                    verdict.Key is PairedVerdict.Lower or PairedVerdict.Higher
                        ? $"{FigureWords.NameOf(figure)} {FigureWords.Value(figure.Left?.Mean, figure.Unit)} -> {FigureWords.Value(figure.Right?.Mean, figure.Unit)}"
                        : FigureWords.NameOf(figure)
                )
            );
            yield return $"{name}{FigureWords.Verdict(verdict.Key)}: {figures}";
        }
    }

    private static ReportSection Parameters(PairedComparison comparison) =>
        new(
            "What differs in the scenarios",
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{comparison.Seeds.Length} repetitions of each side, both with the same seeds: {string.Join(", ", comparison.Seeds)}."
                ),
                comparison.Parameters.IsEmpty
                    ? "All parameters are the same."
                    : "All other parameters are the same.",
            ],
            [],
            comparison.Parameters.IsEmpty
                ? []
                :
                [
                    new ReportTable(
                        "Parameters that differ",
                        ["", "A", "B"],
                        [
                            .. comparison.Parameters.Select(each =>
                                (ImmutableArray<string>)
                                    [each.Key, each.Left ?? "none", each.Right ?? "none"]
                            ),
                        ]
                    ),
                ]
        );

    private static ReportSection Section(ComparedPair pair) =>
        new(
            NameOf(pair),
            [
                "An interval is that of the paired differences, by Student's t; the effect is their mean in standard deviations of theirs. A difference is inconclusive if its interval holds zero.",
                .. Parting(pair.Divergence),
            ],
            [
                new BarChart(
                    "VM-exits per second, by reason",
                    $"VM-exits per second of both sides: {string.Join("; ", pair.Exits.Select(exit => $"{exit.Metric} {FigureWords.Value(exit.Left?.Mean, exit.Unit)} and {FigureWords.Value(exit.Right?.Mean, exit.Unit)}"))}",
                    new ChartAxis("exits per second of virtual time", ChartUnit.Count),
                    ["A", "B"],
                    [
                        .. pair.Exits.Select(exit => new BarPart(
                            exit.Metric,
                            [exit.Left?.Mean ?? 0, exit.Right?.Mean ?? 0]
                        )),
                    ]
                ),
                .. LatenessCurves.Charts([
                    new LatenessSample("A", pair.LeftLateness, IsReference: false),
                    new LatenessSample("B", pair.RightLateness, IsReference: false),
                ]),
            ],
            [
                new ReportTable(
                    "Figures of both sides",
                    ["", "A", "B", "B - A", "change", "interval of B - A", "effect", "verdict"],
                    [
                        .. pair
                            .Figures.Concat(pair.Exits)
                            .Select(figure =>
                                (ImmutableArray<string>)
                                    [
                                        FigureWords.NameOf(figure),
                                        FigureWords.Value(figure.Left?.Mean, figure.Unit),
                                        FigureWords.Value(figure.Right?.Mean, figure.Unit),
                                        FigureWords.WithSign(figure.Difference?.Mean, figure.Unit),
                                        FigureWords.Change(figure),
                                        FigureWords.Interval(figure),
                                        FigureWords.Effect(figure),
                                        FigureWords.Verdict(figure.Verdict),
                                    ]
                            ),
                    ]
                ),
                .. States(pair.Divergence),
            ]
        );

    private static IEnumerable<string> Parting(Divergence? parting)
    {
        if (parting is null)
        {
            yield return "All events of the first repetition are alike.";
            yield break;
        }
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"With the first seed the runs part after {Quantities.Count(parting.Alike)} events that are alike."
        );
        yield return $"A: {Event(parting.Left)}";
        yield return $"B: {Event(parting.Right)}";
    }

    private static string Event(PartingEvent? parting) => parting?.ToString() ?? "the run is over";

    private static IEnumerable<ReportTable> States(Divergence? parting) =>
        (parting?.States ?? []).Select(state => new ReportTable(
            $"{state.Entity} before that: what differs of its {state.Fields.Length} fields",
            ["", "A", "B"],
            [
                .. state
                    .Fields.Where(field => field.Left != field.Right)
                    .Select(field =>
                        (ImmutableArray<string>)
                            [field.Path, field.Left ?? "none", field.Right ?? "none"]
                    ),
            ]
        ));
}
