using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments.Sweeps;

namespace PvTimer.Experiments.Reports;

/// <summary>The scenario's thresholds in the report of a sweep.</summary>
internal static class PointThresholds
{
    /// <summary>The page is for people; summary.json has all.</summary>
    private const int MostRows = 400;

    /// <summary>One line of the answer; none without thresholds.</summary>
    public static IEnumerable<string> Answer(SweepResult result)
    {
        ImmutableArray<PointVerdict> verdicts = PointVerdict.Of(result);
        if (!verdicts.IsEmpty)
        {
            int broken = verdicts.Where(each => !each.Holds).DistinctBy(each => each.Point).Count();
            int points = result.Plan.Points.Length;
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Thresholds: {points - broken} of {points} points keep all of them in each run"
            );
        }
    }

    /// <summary>A table of them; none without thresholds.</summary>
    public static IEnumerable<ReportSection> Sections(SweepResult result)
    {
        PointVerdict[] verdicts = [.. PointVerdict.Of(result).Take(MostRows)];
        if (verdicts is [])
        {
            yield break;
        }
        yield return new ReportSection(
            "Thresholds",
            [],
            [],
            [
                new ReportTable(
                    "Promises of the scenario, point by point",
                    ["", "promised", "runs", "not kept by"],
                    [
                        .. verdicts.Select(each =>
                            (ImmutableArray<string>)
                                [
                                    $"{each.Threshold.Path} with {each.Point}",
                                    each.Threshold.Condition,
                                    each.Runs.ToString(CultureInfo.InvariantCulture),
                                    each.Broken.ToString(CultureInfo.InvariantCulture),
                                ]
                        ),
                    ]
                )
                {
                    Failed =
                    [
                        .. Enumerable
                            .Range(0, verdicts.Length)
                            .Where(index => !verdicts[index].Holds),
                    ],
                },
            ]
        );
    }
}
