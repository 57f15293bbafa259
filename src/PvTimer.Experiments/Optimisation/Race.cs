using System;
using System.Collections.Generic;
using System.Linq;

namespace PvTimer.Experiments.Optimisation;

/// <summary>
/// Successive halving over repetitions: candidates run one repetition, two, four, and so on; before each doubling at
/// most the worse half is given up. A candidate is given up only if others have beaten it under every seed so far, the
/// seeds being the same for all.
/// </summary>
/// <remarks>
/// Karnin, Koren, Somekh, Almost Optimal Exploration in Multi-Armed Bandits, ICML 2013 (halving); Birattari and
/// others, A Racing Algorithm for Configuring Metaheuristics, GECCO 2002 (giving up by paired comparison).
/// </remarks>
/// <param name="space">What is searched.</param>
internal sealed class Race(SearchSpace space)
{
    /// <summary>One seed may be a whim: so many others have to be better under it.</summary>
    private const int BeatenByAfterOne = 3;

    /// <summary>How many repetitions candidates have had before each decision; the last one is all of them.</summary>
    public IEnumerable<int> Rungs
    {
        get
        {
            for (int rung = 1; rung < space.Repetitions; rung *= 2)
            {
                yield return rung;
            }
            yield return space.Repetitions;
        }
    }

    /// <summary>Those of the candidates that go on.</summary>
    /// <param name="alive">Each has come to the end of so many repetitions.</param>
    /// <param name="repetitions">At least 1.</param>
    public List<Candidate> Survivors(IReadOnlyList<Candidate> alive, int repetitions)
    {
        Form[] forms = [.. alive.Select(each => new Form(each, Of(each, repetitions)))];
        int needed = repetitions == 1 ? BeatenByAfterOne : 1;
        HashSet<Candidate> givenUp =
        [
            .. forms
                .Select(form =>
                    (form.Candidate, BeatenBy: forms.Count(other => Beats(other, form)))
                )
                .Where(each => each.BeatenBy >= needed)
                .OrderByDescending(each => each.BeatenBy)
                .ThenByDescending(each => each.Candidate.Point.Index)
                .Take(alive.Count / 2)
                .Select(each => each.Candidate),
        ];
        return [.. alive.Where(each => !givenUp.Contains(each))];
    }

    /// <param name="Candidate">Which.</param>
    /// <param name="Repetitions">In each, whether constraints hold, and the objectives; null: there are none.</param>
    private sealed record Form(
        Candidate Candidate,
        (bool IsFeasible, double[]? Objectives)[] Repetitions
    );

    private (bool IsFeasible, double[]? Objectives)[] Of(Candidate candidate, int repetitions) =>
        [
            .. Enumerable
                .Range(1, repetitions)
                .Select(repetition =>
                    (
                        space.AreKept(candidate, space.ConstraintsOf(candidate, repetition)),
                        space.ObjectivesOf(candidate, repetition)
                    )
                ),
        ];

    /// <summary>Under every seed: it is feasible, and the other one is not or is dominated.</summary>
    private static bool Beats(Form one, Form other) =>
        one
            .Repetitions.Zip(other.Repetitions)
            .All(pair =>
                pair.First is { IsFeasible: true, Objectives: { } mine }
                && (
                    pair.Second is not { IsFeasible: true, Objectives: { } theirs }
                    || Front.Dominates(mine, theirs)
                )
            );
}
