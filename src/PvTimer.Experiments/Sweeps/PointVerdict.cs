using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Sweeps;

/// <summary>One of the scenario's thresholds over all runs of a point: each of them has to keep it.</summary>
/// <param name="Point">Of the sweep.</param>
/// <param name="Threshold">The point's own: thresholds can be swept as other keys can.</param>
/// <param name="Runs">Finished runs on the threshold's back-end.</param>
/// <param name="Broken">Those that do not keep it; one without such a number does not.</param>
public sealed record PointVerdict(SweepPoint Point, Threshold Threshold, int Runs, int Broken)
{
    /// <summary>The metric of the tables: how many thresholds a run breaks.</summary>
    public const string BrokenMetric = "thresholds.broken";

    /// <summary>All runs that are finished keep it.</summary>
    public bool Holds => Broken == 0;

    /// <summary>"pvtimer.lateness.p99 &lt; 50us: broken by 2 of 5 runs".</summary>
    public override string ToString() =>
        Holds
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{Threshold.Path} {Threshold.Condition}: kept by {Runs} runs"
            )
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Threshold.Path} {Threshold.Condition}: broken by {Broken} of {Runs} runs"
            );

    /// <summary>Of all points of a sweep, in their order.</summary>
    public static ImmutableArray<PointVerdict> Of(SweepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return [.. result.Plan.Points.SelectMany(point => Of(result, point))];
    }

    /// <summary>Of one point, in the scenario's order.</summary>
    public static IEnumerable<PointVerdict> Of(SweepResult result, SweepPoint point)
    {
        ArgumentNullException.ThrowIfNull(result);
        return from threshold in result.Plan.ThresholdsOf(point)
            let runs = result.Of(point, threshold.Backend.Name).ToArray()
            select new PointVerdict(
                point,
                threshold,
                runs.Length,
                runs.Count(run => !IsKept(threshold, run))
            );
    }

    /// <summary>How many thresholds a run breaks; null: none is about its back-end.</summary>
    internal static int? BrokenBy(SweepPlan plan, SweepPoint point, PointResult run)
    {
        Threshold[] own =
        [
            .. plan.ThresholdsOf(point).Where(each => each.Backend.Name == run.Backend),
        ];
        return own is [] ? null : own.Count(each => !IsKept(each, run));
    }

    private static bool IsKept(Threshold threshold, PointResult run) =>
        run.FindExactly(threshold.Metric) is { } value && threshold.Holds(value);
}
