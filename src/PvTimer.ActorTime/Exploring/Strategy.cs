using System;
using System.Globalization;

namespace PvTimer.ActorTime.Exploring;

/// <summary>In which order an exploration tries schedules: one of <see cref="Strategies"/>.</summary>
public sealed record Strategy
{
    internal Strategy(StrategyKind kind, int depth = 1)
    {
        Kind = kind;
        Depth = depth;
    }

    internal StrategyKind Kind { get; }

    /// <summary>Pct and priorities: of the failures that it is after; else 1.</summary>
    internal int Depth { get; }
}

internal enum StrategyKind
{
    PartialOrder,
    FewDeviations,
    Random,
    Pct,
    Priorities,
}

/// <summary>The strategies that there are.</summary>
public static class Strategies
{
    /// <summary>
    /// Every order of actors' steps that makes a difference to them, and few others: dynamic partial-order reduction. Only
    /// for scripts of actors, without a machine; complete if the schedules suffice.
    /// </summary>
    public static Strategy PartialOrder { get; } = new(StrategyKind.PartialOrder);

    /// <summary>
    /// Delay-bounded: schedules that deviate from the usual one at no point, at one, at two and so on, each of them once. If
    /// they are more than half of the budget, the other half is drawn as by <see cref="Random"/>.
    /// </summary>
    public static Strategy FewDeviations { get; } = new(StrategyKind.FewDeviations);

    /// <summary>Each point deviates with a probability of one in four. There is no guarantee.</summary>
    public static Strategy Random { get; } = new(StrategyKind.Random);

    /// <summary>
    /// Probabilistic, with a guarantee: each schedule deviates at exactly depth - 1 points, drawn evenly from all, by an
    /// option that is drawn evenly. A failure that takes those deviations is found by one schedule with a probability of at
    /// least 1 / (m k)^(depth - 1), of k points of the usual schedule with at most m options beside the usual one; the
    /// exploration says the figure. Where nothing says how many options there are, m is 8, and later ones are not drawn.
    /// </summary>
    /// <remarks>
    /// After <see cref="Priorities"/>: the order of its processes, drawn once, is here what comes without deviations. Choices
    /// of a machine, which are no processes' steps, can be drawn so.
    /// </remarks>
    /// <param name="depth">At least 1; 1 is the usual schedule alone.</param>
    public static Strategy Pct(int depth = 3)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        return new(StrategyKind.Pct, depth);
    }

    /// <summary>
    /// Probabilistic concurrency testing, with its guarantee: each schedule gives every actor, timer and answer a priority by
    /// chance, and of those that are ready the highest goes first; at depth - 1 points, drawn evenly from all, that one gets
    /// the lowest. So one actor may be many steps ahead of another one, which takes as many deviations of <see cref="Pct"/>.
    /// Only for scripts of actors, without a machine.
    /// </summary>
    /// <remarks>
    /// Burckhardt, Kothari, Musuvathi and Nagarakatte, "A randomized scheduler with probabilistic guarantees of finding bugs"
    /// (ASPLOS 2010). A failure of a depth is found by one schedule with a probability of at least 1 / (n k^(depth - 1)), of n
    /// processes and k points, taken from the usual schedule: a script that has more of them in other ones has less.
    /// </remarks>
    /// <param name="depth">At least 1; 1 is found by priorities alone.</param>
    public static Strategy Priorities(int depth = 3)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        return new(StrategyKind.Priorities, depth);
    }
}

/// <summary>
/// What an exploration by <see cref="Strategies.Pct"/> or <see cref="Strategies.Priorities"/> promises about failures that
/// it has not found.
/// </summary>
/// <param name="Depth">Of those that it was after.</param>
/// <param name="Points">Points with at least two options, in the usual schedule: k.</param>
/// <param name="Options">Pct: options beside the usual one that are drawn at each, at most, m. Priorities: processes, n.</param>
/// <param name="EachSchedule">The least probability that one schedule finds a failure of that depth.</param>
/// <param name="All">That all of them together find it.</param>
public sealed record Guarantee(int Depth, int Points, int Options, double EachSchedule, double All)
{
    private string Formula { get; init; } = "";

    /// <param name="strategy">Pct or priorities.</param>
    /// <param name="points">k, not negative.</param>
    /// <param name="options">m or n, at least 1.</param>
    /// <param name="schedules">How many are drawn.</param>
    internal static Guarantee Of(Strategy strategy, int points, int options, int schedules)
    {
        int depth = strategy.Depth;
        int changes = Math.Min(depth - 1, points);
        bool isByPriorities = strategy.Kind == StrategyKind.Priorities;
        double each =
            Math.Pow(Math.Max(points, 1), -changes)
            * Math.Pow(Math.Max(options, 1), isByPriorities ? -1 : -changes);
        string formula = isByPriorities
            ? $"1/({options} x {points}^{changes})"
            : $"1/({options} x {points})^{changes}";
        return new(depth, points, options, each, 1 - Math.Pow(1 - each, schedules))
        {
            Formula = formula,
        };
    }

    /// <summary>"a failure of depth 3 is found by a schedule with at least 1/(8 x 12)^2 = 0.000109, by all with 0.0103".</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"a failure of depth {Depth} is found by a schedule with at least {Formula} = {EachSchedule:g3}, by all with {All:g3}"
        );
}
