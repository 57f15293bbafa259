using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments.Optimisation;
using PvTimer.Experiments.Statistics;

namespace PvTimer.Experiments.Reports;

/// <summary>The report of a search: the best point or the Pareto front among what was tried.</summary>
public static class OptimumReport
{
    /// <param name="result">The search.</param>
    /// <param name="command">What repeats it.</param>
    public static Report Of(OptimisationResult result, string command)
    {
        ArgumentNullException.ThrowIfNull(result);
        string wanted = string.Join(" and ", result.Objectives.Select(each => each.Text));
        string conditions =
            result.Constraints.Length > 0
                ? $" subject to {string.Join(", ", result.Constraints.Select(each => each.Text))}"
                : "";
        string name = result.Plan.Scenario.Name;
        return new Report(
            $"{name}: least {wanted}",
            $"{name}: where is {wanted} least{conditions}?",
            [
                .. result.Front.IsEmpty
                    ? (string[])["Nowhere: no point that was tried keeps the conditions"]
                    : [.. result.Front.Select(each => Spoken(result, each))],
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{result.Runs} runs in the place of the {result.FullRuns} of the whole matrix"
                ),
            ],
            [
                new ReportSection(
                    result.Objectives.Length > 1 ? "Pareto front" : "Candidates",
                    [.. result.Remarks],
                    [.. Charts(result)],
                    [Table(result)]
                ),
            ],
            command
        );
    }

    private static string Spoken(OptimisationResult result, RatedCandidate rated) =>
        $"{rated.Candidate}: {string.Join(", ", result.Objectives.Zip(rated.Objectives, (objective, interval) => $"{objective.Text} {Shown(objective, interval.Mean)}"))}";

    private static IEnumerable<Chart> Charts(OptimisationResult result)
    {
        if (result.Objectives.Length < 2 || result.Rated.IsEmpty)
        {
            yield break;
        }
        Objective x = result.Objectives[0];
        Objective y = result.Objectives[1];
        yield return new CurveChart(
            $"{y.Text} against {x.Text}",
            $"{result.Rated.Length} candidates by {x.Text} and {y.Text}; on the front are {string.Join("; ", result.Front.Select(each => Spoken(result, each)))}",
            AxisOf(x, result.Rated.Select(each => each.Objectives[0].Mean)),
            AxisOf(y, result.Rated.Select(each => each.Objectives[1].Mean)),
            [
                new Curve(
                    "the front",
                    CurveStyle.Reference,
                    [.. result.Front.Select(PointOf).OrderBy(point => point[0])]
                ),
                .. result
                    .Rated.GroupBy(each => each.Candidate.Backend, StringComparer.Ordinal)
                    .Select(group => new Curve(
                        group.Key,
                        CurveStyle.Points,
                        [.. group.Where(each => each.IsFeasible).Select(PointOf)]
                    )),
                .. Breaking(result),
            ]
        );
    }

    private static Curve[] Breaking(OptimisationResult result)
    {
        ImmutableArray<double[]> points =
        [
            .. result.Rated.Where(each => !each.IsFeasible).Select(PointOf),
        ];
        return points.IsEmpty ? [] : [new Curve("breaks a condition", CurveStyle.Points, points)];
    }

    private static double[] PointOf(RatedCandidate rated) =>
        [rated.Objectives[0].Mean, rated.Objectives[1].Mean];

    private static ChartAxis AxisOf(Objective objective, IEnumerable<double> means)
    {
        double[] values = [.. means];
        return new ChartAxis(
            objective.Text,
            objective.Metric.IsSpan ? ChartUnit.Span : ChartUnit.Count,
            values.Min() > 0 && values.Max() / values.Min() > 100
        );
    }

    private static ReportTable Table(OptimisationResult result) =>
        new(
            "Candidates that had all repetitions, the best first",
            [
                "",
                .. result.Objectives.Select(each => each.Text),
                .. result.Constraints.Select(each => each.Text),
                "",
            ],
            [
                .. result
                    .Rated.OrderByDescending(result.Front.Contains)
                    .ThenBy(each => each.Objectives[0].Mean)
                    .Select(each =>
                        (ImmutableArray<string>)
                            [
                                each.Candidate.ToString(),
                                .. result.Objectives.Zip(
                                    each.Objectives,
                                    (objective, interval) =>
                                        $"{Shown(objective, interval.Mean)}{HalfWidth(objective, interval)}"
                                ),
                                .. result.Constraints.Zip(
                                    each.Constraints,
                                    (constraint, value) => Shown(constraint.Metric.IsSpan, value)
                                ),
                                result.Front.Contains(each) ? "on the front"
                                : each.IsFeasible ? ""
                                : "breaks a condition",
                            ]
                    ),
            ]
        );

    private static string HalfWidth(Objective objective, ConfidenceInterval interval) =>
        interval.HalfWidth is > 0 and { } half ? $" ± {Shown(objective, half)}" : "";

    private static string Shown(Objective objective, double value) =>
        Shown(objective.Metric.IsSpan, value);

    private static string Shown(bool isSpan, double? value) =>
        value is not { } known ? Quantities.None
        : isSpan ? Quantities.Span(known)
        : known < 1000 ? Quantities.Ratio(known)
        : Quantities.Count(known);
}
