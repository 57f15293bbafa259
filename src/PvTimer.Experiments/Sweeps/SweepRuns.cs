using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;

namespace PvTimer.Experiments.Sweeps;

/// <summary>The runs of a plan, carried out when their results are wanted, and never twice.</summary>
/// <param name="plan">Whose runs.</param>
/// <param name="store">Where finished runs are looked for and kept.</param>
/// <param name="runner">Who carries them out.</param>
public sealed class SweepRuns(SweepPlan plan, SweepStore store, IPointRunner runner)
{
    private readonly Dictionary<string, PointResult> _found = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _failures = new(StringComparer.Ordinal);

    /// <summary>Whose runs.</summary>
    public SweepPlan Plan => plan;

    /// <summary>A run's result; null: it has not been wanted yet, or has failed.</summary>
    public PointResult? Find(SweepRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return _found.GetValueOrDefault(run.Hash);
    }

    /// <summary>Why a run has no result; null: it has one, or has not been wanted.</summary>
    public string? FailureOf(SweepRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return _failures.GetValueOrDefault(run.Hash);
    }

    /// <summary>Carries out what has not been: runs of one hash are one run, wherever they stand in the matrix.</summary>
    /// <param name="wanted">Runs of the plan.</param>
    /// <param name="report">Told at the beginning, and after each run.</param>
    /// <param name="stop">Ends it; finished runs are kept.</param>
    /// <returns>What has become of them.</returns>
    /// <exception cref="IOException">A result cannot be kept.</exception>
    public SweepProgress Ensure(
        IReadOnlyCollection<SweepRun> wanted,
        Action<SweepProgress> report,
        CancellationToken stop
    )
    {
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentNullException.ThrowIfNull(report);
        ILookup<string, SweepRun> byHash = wanted.ToLookup(run => run.Hash, StringComparer.Ordinal);
        List<SweepRun> missing = [];
        int cached = 0;
        foreach (IGrouping<string, SweepRun> group in byHash)
        {
            SweepRun run = group.First();
            if (_found.ContainsKey(run.Hash) || TryLoad(run))
            {
                cached += group.Count();
            }
            else
            {
                missing.Add(run);
            }
        }
        SweepProgress progress = new(wanted.Count, cached, 0, 0);
        report(progress);
        if (missing.Count > 0)
        {
            runner.Run(
                missing.Select(plan.OrderOf),
                outcome =>
                {
                    store.Keep(outcome);
                    int count = byHash[outcome.Hash].Count();
                    if (outcome.Result is { } text)
                    {
                        _found[outcome.Hash] = PointResult.Read(text);
                        progress = progress with { Done = progress.Done + count };
                    }
                    else
                    {
                        _failures[outcome.Hash] = outcome.Failure ?? "";
                        progress = progress with { Failed = progress.Failed + count };
                    }
                    report(progress);
                },
                stop
            );
        }
        return progress;
    }

    private bool TryLoad(SweepRun run)
    {
        if (store.Find(run) is not { } result)
        {
            return false;
        }
        _found[run.Hash] = result;
        return true;
    }
}
