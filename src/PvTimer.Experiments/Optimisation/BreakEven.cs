using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using PvTimer.Experiments.Statistics;
using PvTimer.Experiments.Sweeps;

namespace PvTimer.Experiments.Optimisation;

/// <summary>How much better one back-end is than another at a point.</summary>
/// <param name="Point">Where.</param>
/// <param name="Difference">The other one's number less its own, paired by seed: positive if it is better.</param>
public sealed record Lead(SweepPoint Point, ConfidenceInterval Difference)
{
    /// <summary>In the mean.</summary>
    public bool IsBetter => Difference.Mean > 0;
}

/// <summary>From where along an axis one back-end has the smaller number, such as vCPUs per timer CPU.</summary>
/// <param name="First">It is better here and at all later points; null: it is not better at the last one.</param>
/// <param name="IsMonotone">
/// All points that were looked at say that it is worse before and better after: between them it is assumed. False: it
/// is not so, and all points were looked at.
/// </param>
/// <param name="Looked">Points that were looked at, in their order.</param>
/// <param name="Runs">Runs that it took.</param>
/// <param name="FullRuns">Runs of the whole axis.</param>
public sealed record BreakEven(
    SweepPoint? First,
    bool IsMonotone,
    ImmutableArray<Lead> Looked,
    int Runs,
    int FullRuns
)
{
    /// <summary>Bisects along the axis of a matrix that has a single one.</summary>
    /// <param name="runs">Of that matrix.</param>
    /// <param name="metric">What is compared; the smaller one is better.</param>
    /// <param name="backend">Whose lead is looked for.</param>
    /// <param name="against">Over whom.</param>
    /// <param name="report">Told of the runs of each step.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="SweepException">There are more axes, or a run has failed or has no such number.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static BreakEven Find(
        SweepRuns runs,
        MetricName metric,
        string backend,
        string against,
        Action<SweepProgress> report,
        CancellationToken stop
    )
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentNullException.ThrowIfNull(metric);
        SweepPlan plan = runs.Plan;
        if (plan.Request.Axes.Length != 1)
        {
            throw new SweepException(
                "a break-even point lies on one axis; accepted: one --over, keys may move together in it"
            );
        }
        SortedDictionary<int, Lead> leads = [];
        int last = plan.Points.Length - 1;
        IReadOnlyCollection<int> next =
        [
            .. new[] { 0, last / 4, last / 2, 3 * last / 4, last }.Distinct(),
        ];
        while (next.Count > 0)
        {
            SweepRun[] wanted =
            [
                .. plan.Runs.Where(run =>
                    next.Contains(run.Point) && (run.Backend == backend || run.Backend == against)
                ),
            ];
            if (runs.Ensure(wanted, report, stop).Left > 0)
            {
                throw new OperationCanceledException(stop);
            }
            foreach (int position in next)
            {
                leads[position] = LeadAt(runs, plan.Points[position], metric, backend, against);
            }
            next = IsOrdered(leads)
                ? Middle(leads)
                : [.. Enumerable.Range(0, last + 1).Where(at => !leads.ContainsKey(at))];
        }
        Lead[] behind = [.. leads.Values.Reverse().TakeWhile(lead => lead.IsBetter)];
        return new BreakEven(
            behind is [] ? null : behind[^1].Point,
            IsOrdered(leads),
            [.. leads.Values],
            leads.Count * 2 * plan.Request.Repetitions,
            plan.Points.Length * 2 * plan.Request.Repetitions
        );
    }

    /// <summary>Worse before, better after.</summary>
    private static bool IsOrdered(SortedDictionary<int, Lead> leads) =>
        leads
            .Values.Zip(leads.Values.Skip(1))
            .All(pair => !pair.First.IsBetter || pair.Second.IsBetter);

    private static IReadOnlyCollection<int> Middle(SortedDictionary<int, Lead> leads) =>
        [
            .. leads
                .Zip(leads.Skip(1))
                .Where(pair =>
                    pair.First.Value.IsBetter != pair.Second.Value.IsBetter
                    && pair.Second.Key - pair.First.Key > 1
                )
                .Select(pair => (pair.First.Key + pair.Second.Key) / 2),
        ];

    private static Lead LeadAt(
        SweepRuns runs,
        SweepPoint point,
        MetricName metric,
        string backend,
        string against
    )
    {
        double[] own = NumbersAt(runs, point, metric, backend);
        double[] other = NumbersAt(runs, point, metric, against);
        return new Lead(
            point,
            ConfidenceInterval.Of(other.Zip(own, (theirs, mine) => theirs - mine))
        );
    }

    /// <summary>By repetition.</summary>
    private static double[] NumbersAt(
        SweepRuns runs,
        SweepPoint point,
        MetricName metric,
        string backend
    ) =>
        [
            .. runs
                .Plan.Runs.Where(run => run.Point == point.Index && run.Backend == backend)
                .Select(run =>
                    (runs.Find(run) is { } result ? metric.Of(result) : null)
                    ?? throw new SweepException(
                        $"{metric.Name} at {point} on {backend}: {runs.FailureOf(run) ?? "there is no such number"}; accepted: points where all runs have it"
                    )
                ),
        ];
}
