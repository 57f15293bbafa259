using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Experiments.Statistics;

namespace PvTimer.Experiments.Optimisation;

/// <summary>
/// Successive halving over repetitions, with doubt: after each repetition at most the worse half of the candidates is
/// given up, and of those only the ones that another one beats by more than chance explains. Seeds are the same for
/// all, so candidates are compared in pairs.
/// </summary>
/// <remarks>
/// Karnin, Koren, Somekh, Almost Optimal Exploration in Multi-Armed Bandits, ICML 2013 (halving); Birattari and
/// others, A Racing Algorithm for Configuring Metaheuristics, GECCO 2002 (giving up by paired tests). The whole matrix
/// is run as often as doubt demands: where candidates hardly differ nothing is saved.
/// </remarks>
/// <param name="space">What is searched.</param>
internal sealed class Race(SearchSpace space)
{
    /// <summary>A difference counts if an interval of this level leaves no doubt of its sign.</summary>
    public const double Level = 0.99;

    /// <summary>One repetition has no spread.</summary>
    public const int FewestRepetitions = 2;

    /// <summary>Those of the candidates that go on.</summary>
    /// <param name="alive">Each has come to the end of so many repetitions.</param>
    /// <param name="repetitions">At least <see cref="FewestRepetitions"/>.</param>
    public List<Candidate> Survivors(IReadOnlyList<Candidate> alive, int repetitions)
    {
        Form[] forms = [.. alive.Select(each => Of(each, repetitions))];
        HashSet<Candidate> givenUp =
        [
            .. forms
                .Select(form =>
                    (form.Candidate, BeatenBy: forms.Count(other => Beats(other, form)))
                )
                .Where(each => each.BeatenBy > 0)
                .OrderByDescending(each => each.BeatenBy)
                .ThenByDescending(each => each.Candidate.Point.Index)
                .Take(alive.Count / 2)
                .Select(each => each.Candidate),
        ];
        return [.. alive.Where(each => !givenUp.Contains(each))];
    }

    /// <param name="Candidate">Which.</param>
    /// <param name="Feasible">Whether constraints hold; null: it is in doubt.</param>
    /// <param name="Objectives">In each repetition; null: they do not exist.</param>
    private sealed record Form(
        Candidate Candidate,
        bool? Feasible,
        ImmutableArray<double[]>? Objectives
    );

    private Form Of(Candidate candidate, int repetitions)
    {
        int[] numbers = [.. Enumerable.Range(1, repetitions)];
        double[]?[] objectives = [.. numbers.Select(each => space.ObjectivesOf(candidate, each))];
        bool?[] kept =
        [
            .. Enumerable
                .Range(0, space.Constraints.Length)
                .Select(at => IsKept(candidate, at, numbers)),
        ];
        return new Form(
            candidate,
            kept.Contains(false) ? false
                : kept.Contains(null) ? null
                : true,
            Array.Exists(objectives, each => each is null)
                ? null
                : [.. objectives.OfType<double[]>()]
        );
    }

    private bool? IsKept(Candidate candidate, int at, int[] repetitions)
    {
        Constraint constraint = space.Constraints[at];
        if (constraint.Backend is { } about && about != candidate.Backend)
        {
            return true;
        }
        double?[] samples =
        [
            .. repetitions.Select(each => space.ConstraintsOf(candidate, each)[at]),
        ];
        if (samples.Contains(null))
        {
            return false;
        }
        ConfidenceInterval interval = ConfidenceInterval.Of(samples.OfType<double>(), Level);
        bool holds = constraint.Holds(interval.Mean);
        return constraint.Holds(interval.Low) == holds && constraint.Holds(interval.High) == holds
            ? holds
            : null;
    }

    private static bool Beats(Form one, Form other)
    {
        if (one is not { Feasible: true, Objectives: { } mine })
        {
            return false;
        }
        if (other.Feasible == false || other.Objectives is not { } theirs)
        {
            return true;
        }
        double[] leads =
        [
            .. Enumerable
                .Range(0, mine[0].Length)
                .Select(objective =>
                    ConfidenceInterval
                        .Of(mine.Zip(theirs, (m, t) => t[objective] - m[objective]), Level)
                        .Low!.Value
                ),
        ];
        return Array.TrueForAll(leads, lead => lead >= 0) && Array.Exists(leads, lead => lead > 0);
    }
}
