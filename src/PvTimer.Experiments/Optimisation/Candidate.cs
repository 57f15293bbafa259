using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Experiments.Statistics;
using PvTimer.Experiments.Sweeps;

namespace PvTimer.Experiments.Optimisation;

/// <summary>A point of the matrix on one back-end.</summary>
public sealed record Candidate(SweepPoint Point, string Backend)
{
    /// <summary>"host.halt-poll=0ns on pvtimer".</summary>
    public override string ToString() => $"{Point} on {Backend}";
}

/// <summary>A candidate after all its repetitions.</summary>
/// <param name="Candidate">Which.</param>
/// <param name="Objectives">For each objective its mean and interval.</param>
/// <param name="Constraints">For each constraint the mean of its number; null: there is none, or it is not about this back-end.</param>
/// <param name="IsFeasible">All constraints hold for the means.</param>
public sealed record RatedCandidate(
    Candidate Candidate,
    ImmutableArray<ConfidenceInterval> Objectives,
    ImmutableArray<double?> Constraints,
    bool IsFeasible
)
{
    /// <summary>No worse by any objective, and better by one.</summary>
    public bool Dominates(RatedCandidate other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Front.Dominates(
            [.. Objectives.Select(each => each.Mean)],
            [.. other.Objectives.Select(each => each.Mean)]
        );
    }
}

/// <summary>What is left of candidates if no other one is better: for one objective the best, for more the Pareto front.</summary>
public static class Front
{
    /// <summary>The feasible candidates that no feasible one dominates, in the order in which they came.</summary>
    public static ImmutableArray<RatedCandidate> Of(IEnumerable<RatedCandidate> candidates)
    {
        RatedCandidate[] feasible = [.. candidates.Where(each => each.IsFeasible)];
        return [.. feasible.Where(each => !feasible.Any(other => other.Dominates(each)))];
    }

    internal static bool Dominates(ReadOnlySpan<double> one, ReadOnlySpan<double> other)
    {
        bool isBetter = false;
        for (int objective = 0; objective < one.Length; objective++)
        {
            if (one[objective] > other[objective])
            {
                return false;
            }
            isBetter |= one[objective] < other[objective];
        }
        return isBetter;
    }
}
