using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace PvTimer.Experiments.Optimisation;

/// <summary>
/// The candidates along one axis, all else the same. If every number is monotone along it, the best feasible one is
/// where the objectives' better direction meets the end of the line or the first constraint that breaks, and that is
/// found by bisection. Monotone is what all samples say; the first two that say otherwise end it, and the whole line
/// is left to others.
/// </summary>
/// <param name="space">What is searched.</param>
/// <param name="candidates">In the order of the axis.</param>
internal sealed class LineSearch(SearchSpace space, ImmutableArray<Candidate> candidates)
{
    /// <summary>On shorter lines probes would be all there is.</summary>
    public const int ShortestLine = 6;

    /// <summary>The repetition that samples are taken of.</summary>
    public const int Repetition = 1;

    private readonly SortedDictionary<int, Sample> _samples = [];

    /// <param name="Objectives">Null: they do not exist.</param>
    /// <param name="Constraints">See <see cref="SearchSpace.ConstraintsOf"/>.</param>
    /// <param name="Kept">For each constraint, whether it holds.</param>
    private sealed record Sample(double[]? Objectives, double?[] Constraints, bool[] Kept);

    public ImmutableArray<Candidate> Candidates => candidates;

    /// <summary>Positions that were looked at.</summary>
    public int Looked => _samples.Count;

    /// <summary>What broke monotonicity; null: nothing has.</summary>
    public string? Obstacle { get; private set; }

    /// <summary>Which way each number goes, "lateness.p99 rises"; of a line without an obstacle.</summary>
    public IEnumerable<string> Directions =>
        space
            .Objectives.Select((each, at) => Spelled(each.Text, Objective(at)))
            .Concat(space.Constraints.Select((each, at) => Spelled(each.Metric.Name, Number(at))));

    /// <summary>Positions to be looked at next; empty: the search is over.</summary>
    public ImmutableArray<int> Next()
    {
        if (_samples.Count == 0)
        {
            int last = candidates.Length - 1;
            return [.. new[] { 0, last / 4, last / 2, 3 * last / 4, last }.Distinct()];
        }
        Obstacle ??= FindObstacle();
        return Obstacle is null
            ? [.. Enumerable.Range(0, space.Constraints.Length).SelectMany(Halves).Distinct()]
            : [];
    }

    /// <summary>Takes the numbers of positions whose runs have come to their end.</summary>
    public void Look(IEnumerable<int> positions)
    {
        foreach (int position in positions)
        {
            Candidate candidate = candidates[position];
            double?[] numbers = space.ConstraintsOf(candidate, Repetition);
            _samples[position] = new Sample(
                space.ObjectivesOf(candidate, Repetition),
                numbers,
                [
                    .. space.Constraints.Select(
                        (each, at) =>
                            each.Backend is not null && each.Backend != candidate.Backend
                            || each.Holds(numbers[at])
                    ),
                ]
            );
        }
    }

    /// <summary>Positions among which the best one is, the neighbours of where it should be included.</summary>
    public ImmutableArray<int> Kept()
    {
        if (Obstacle is not null || _samples.Count == 0)
        {
            return [.. Enumerable.Range(0, candidates.Length)];
        }
        int[] feasible = [.. Enumerable.Range(0, candidates.Length).Where(IsFeasible)];
        int[] best =
            feasible is [] ? [0, candidates.Length - 1]
            : Signs().Any(sign => sign < 0) ? [feasible[^1]]
            : [feasible[0]];
        return
        [
            .. best.SelectMany(at => new[] { at - 1, at, at + 1 })
                .Where(at => at >= 0 && at < candidates.Length)
                .Distinct(),
        ];
    }

    /// <summary>Between two neighbouring samples a constraint either holds or not, if it is monotone.</summary>
    private bool IsFeasible(int position)
    {
        int before = _samples.Keys.Last(sampled => sampled <= position);
        return Array.TrueForAll(_samples[before].Kept, kept => kept);
    }

    /// <summary>The middle of where a constraint begins or ends to hold.</summary>
    private IEnumerable<int> Halves(int constraint) =>
        _samples
            .Zip(_samples.Skip(1))
            .Where(pair =>
                pair.First.Value.Kept[constraint] != pair.Second.Value.Kept[constraint]
                && pair.Second.Key - pair.First.Key > 1
            )
            .Select(pair => (pair.First.Key + pair.Second.Key) / 2);

    private string? FindObstacle()
    {
        if (_samples.Values.Any(sample => sample.Objectives is null))
        {
            return "has no number at some positions";
        }
        for (int at = 0; at < space.Objectives.Length; at++)
        {
            if (SignOf(Objective(at)) is null)
            {
                return $"{space.Objectives[at].Text} is not monotone";
            }
        }
        for (int at = 0; at < space.Constraints.Length; at++)
        {
            // One that holds in a range has no two ends to bisect between.
            bool isOrdered =
                space.Constraints[at].Comparison
                is not (
                    PvTimer.Scenarios.Comparison.Equal
                    or PvTimer.Scenarios.Comparison.NotEqual
                );
            if (!isOrdered || SignOf(Number(at)) is null)
            {
                return $"{space.Constraints[at].Text} is not monotone";
            }
        }
        int[] signs = [.. Signs().Where(sign => sign != 0).Distinct()];
        return signs.Length > 1 ? "objectives contradict each other" : null;
    }

    private IEnumerable<int> Signs() =>
        space.Objectives.Select((_, at) => SignOf(Objective(at)) ?? 0);

    private double[] Objective(int at) =>
        [.. _samples.Values.Select(sample => sample.Objectives![at])];

    private double[] Number(int at) =>
        [.. _samples.Values.Select(sample => sample.Constraints[at]).OfType<double>()];

    private static string Spelled(string name, double[] values) =>
        name
        + SignOf(values) switch
        {
            > 0 => " rises",
            < 0 => " falls",
            _ => " stays",
        };

    /// <summary>1: rises or stays, -1: falls or stays, 0: stays; null: it does both.</summary>
    private static int? SignOf(double[] values)
    {
        int[] signs =
        [
            .. values
                .Zip(values.Skip(1), (one, next) => next.CompareTo(one))
                .Where(sign => sign != 0)
                .Distinct(),
        ];
        return signs switch
        {
            [] => 0,
            [int only] => Math.Sign(only),
            _ => null,
        };
    }
}
