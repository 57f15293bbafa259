using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Experiments.Statistics;
using PvTimer.Experiments.Sweeps;

namespace PvTimer.Experiments.Optimisation;

/// <summary>What is searched, and for what; reads the numbers of candidates off their runs.</summary>
internal sealed class SearchSpace
{
    private readonly SweepRuns _runs;
    private readonly ILookup<(int Point, string Backend), SweepRun> _byCandidate;

    public SearchSpace(
        SweepRuns runs,
        ImmutableArray<Objective> objectives,
        ImmutableArray<Constraint> constraints
    )
    {
        _runs = runs;
        Objectives = objectives;
        Constraints = constraints;
        _byCandidate = runs.Plan.Runs.ToLookup(run => (run.Point, run.Backend));
        string[] asked =
        [
            .. objectives
                .Select(each => each.Backend)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal),
        ];
        if (asked.Length > 1)
        {
            throw new SweepException(
                $"--objective: of {string.Join(" and ", asked)}; accepted: objectives of one back-end, or of none so that they compete"
            );
        }
        Backends = asked is [] ? runs.Plan.Backends : [.. asked];
    }

    public SweepPlan Plan => _runs.Plan;

    public int Repetitions => Plan.Request.Repetitions;

    public ImmutableArray<Objective> Objectives { get; }

    public ImmutableArray<Constraint> Constraints { get; }

    /// <summary>Those whose candidates compete.</summary>
    public ImmutableArray<string> Backends { get; }

    /// <summary>A candidate's run.</summary>
    /// <param name="candidate">Which.</param>
    /// <param name="repetition">From 1.</param>
    public SweepRun RunOf(Candidate candidate, int repetition) =>
        _byCandidate[(candidate.Point.Index, candidate.Backend)].ElementAt(repetition - 1);

    /// <summary>The objectives in one repetition; null: one of them does not exist.</summary>
    public double[]? ObjectivesOf(Candidate candidate, int repetition)
    {
        PointResult? result = _runs.Find(RunOf(candidate, repetition));
        double?[] values = [.. Objectives.Select(each => Value(each.Metric, result))];
        return Array.TrueForAll(values, value => value is not null)
            ? [.. values.OfType<double>()]
            : null;
    }

    /// <summary>The constraints' numbers in one repetition; null where it is not about this back-end, or does not exist.</summary>
    public double?[] ConstraintsOf(Candidate candidate, int repetition)
    {
        PointResult? result = _runs.Find(RunOf(candidate, repetition));
        return
        [
            .. Constraints.Select(each =>
                IsAbout(each, candidate) ? Value(each.Metric, result) : null
            ),
        ];
    }

    /// <summary>Whether constraints hold; one about another back-end does.</summary>
    public bool AreKept(Candidate candidate, IReadOnlyList<double?> numbers) =>
        Constraints
            .Select((each, at) => !IsAbout(each, candidate) || each.Holds(numbers[at]))
            .All(holds => holds);

    /// <summary>After all repetitions; null: one of them has failed, or has no such number.</summary>
    public RatedCandidate? Rate(Candidate candidate)
    {
        int[] repetitions = [.. Enumerable.Range(1, Repetitions)];
        double[]?[] samples =
        [
            .. repetitions.Select(repetition => ObjectivesOf(candidate, repetition)),
        ];
        if (Array.Exists(samples, sample => sample is null))
        {
            return null;
        }
        double?[] means =
        [
            .. Constraints.Select(
                (_, at) =>
                    repetitions.Average(repetition => ConstraintsOf(candidate, repetition)[at])
            ),
        ];
        return new RatedCandidate(
            candidate,
            [
                .. Objectives.Select(
                    (_, at) => ConfidenceInterval.Of(samples.Select(sample => sample![at]))
                ),
            ],
            [.. means],
            AreKept(candidate, means)
        );
    }

    private static bool IsAbout(Constraint constraint, Candidate candidate) =>
        constraint.Backend is null || constraint.Backend == candidate.Backend;

    private static double? Value(MetricName metric, PointResult? result) =>
        result is null ? null : metric.Of(result);
}
