using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;

namespace PvTimer.Experiments.Sweeps;

/// <summary>How many runs of a sweep there are, and what has become of them.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Cached">Were finished before.</param>
/// <param name="Done">Were finished now.</param>
/// <param name="Failed">Have come to an end without a result.</param>
public readonly record struct SweepProgress(int Total, int Cached, int Done, int Failed)
{
    /// <summary>Neither finished nor failed.</summary>
    public int Left => Total - Cached - Done - Failed;
}

/// <summary>A run without a result.</summary>
/// <param name="Run">Which.</param>
/// <param name="Why">On one line.</param>
public sealed record FailedRun(SweepRun Run, string Why);

/// <summary>A sweep as far as it has come.</summary>
/// <param name="Plan">What was swept.</param>
/// <param name="Results">For each of the plan's runs, in its order; null: it has none.</param>
/// <param name="Failed">Runs that have come to an end without a result.</param>
/// <param name="Progress">In numbers.</param>
public sealed record SweepResult(
    SweepPlan Plan,
    ImmutableArray<PointResult?> Results,
    ImmutableArray<FailedRun> Failed,
    SweepProgress Progress
)
{
    /// <summary>Some runs have neither a result nor failed: it was stopped.</summary>
    public bool IsInterrupted => Progress.Left > 0;

    /// <summary>The results of one point on one back-end, in the order of repetitions, those that there are.</summary>
    public IEnumerable<PointResult> Of(SweepPoint point, string backend)
    {
        ArgumentNullException.ThrowIfNull(point);
        int perPoint = Plan.Request.Repetitions * Plan.Backends.Length;
        return Results
            .Skip(point.Index * perPoint)
            .Take(perPoint)
            .OfType<PointResult>()
            .Where(result => result.Backend == backend);
    }
}

/// <summary>Runs what a plan has and a store has not.</summary>
public static class Sweep
{
    /// <param name="plan">What to sweep.</param>
    /// <param name="store">Where finished runs are looked for and kept.</param>
    /// <param name="runner">Who carries them out.</param>
    /// <param name="report">Told at the beginning, and after each run.</param>
    /// <param name="stop">Ends it; finished runs are kept.</param>
    /// <exception cref="IOException">A result cannot be kept.</exception>
    public static SweepResult Run(
        SweepPlan plan,
        SweepStore store,
        IPointRunner runner,
        Action<SweepProgress> report,
        CancellationToken stop
    )
    {
        ArgumentNullException.ThrowIfNull(plan);
        SweepRuns runs = new(plan, store, runner);
        SweepProgress progress = runs.Ensure(plan.Runs, report, stop);
        return new SweepResult(
            plan,
            [.. plan.Runs.Select(runs.Find)],
            [
                .. from run in plan.Runs
                let why = runs.FailureOf(run)
                where why is not null
                select new FailedRun(run, why),
            ],
            progress
        );
    }
}
