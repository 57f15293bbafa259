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

    /// <summary>Pct: of the failures that it is after; else 1.</summary>
    internal int Depth { get; }
}

internal enum StrategyKind
{
    PartialOrder,
    FewDeviations,
    Random,
    Pct,
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
    /// After Burckhardt, Kothari, Musuvathi and Nagarakatte, "A randomized scheduler with probabilistic guarantees of
    /// finding bugs" (ASPLOS 2010), whose bound is 1 / (n k^(depth - 1)): the order of its n threads, drawn once, is here
    /// what comes without deviations.
    /// </remarks>
    /// <param name="depth">At least 1; 1 is the usual schedule alone.</param>
    public static Strategy Pct(int depth = 3)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        return new(StrategyKind.Pct, depth);
    }
}

/// <summary>What an exploration by <see cref="Strategies.Pct"/> promises about failures that it has not found.</summary>
/// <param name="Depth">Of those that it was after.</param>
/// <param name="Points">Points with at least two options, in the usual schedule: k.</param>
/// <param name="Options">Options beside the usual one that are drawn at each, at most: m.</param>
/// <param name="EachSchedule">The least probability that one schedule finds a failure of that depth.</param>
/// <param name="All">That all of them together find it.</param>
public sealed record Guarantee(int Depth, int Points, int Options, double EachSchedule, double All)
{
    /// <param name="depth">At least 1.</param>
    /// <param name="points">k, not negative.</param>
    /// <param name="options">m, at least 1.</param>
    /// <param name="schedules">How many are drawn.</param>
    internal static Guarantee Of(int depth, int points, int options, int schedules)
    {
        int deviations = Math.Min(depth - 1, points);
        double each = Math.Pow(1.0 / Math.Max(points * (double)options, 1), deviations);
        return new(depth, points, options, each, 1 - Math.Pow(1 - each, schedules));
    }

    /// <summary>"a failure of depth 3 is found by a schedule with at least 1/(8 x 12)^2 = 0.000109, by all with 0.0103".</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"a failure of depth {Depth} is found by a schedule with at least 1/({Options} x {Points})^{Depth - 1} = {EachSchedule:g3}, by all with {All:g3}"
        );
}
