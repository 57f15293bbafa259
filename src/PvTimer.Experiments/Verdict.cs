using System;
using System.Collections.Immutable;
using System.Linq;

namespace PvTimer.Experiments;

/// <summary>
/// What a comparison comes to: who wins by each criterion. There is no winner over all: fewer exits may be
/// bought with later timers, and what a later timer costs depends on whose it is.
/// </summary>
/// <param name="Backends">In the scenario's order.</param>
/// <param name="Criteria">Always the same ones, in the same order.</param>
public sealed record Verdict(
    ImmutableArray<ComparedBackend> Backends,
    ImmutableArray<Criterion> Criteria
)
{
    public static Verdict Of(ExperimentResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Of([.. result.Backends.Select(ComparedBackend.Of)]);
    }

    public static Verdict Of(ImmutableArray<ComparedBackend> backends) =>
        new(
            backends,
            [
                Spelled(backends, "exits", "exits", CriterionUnit.PerSecond, each => each.Exits),
                Spelled(
                    backends,
                    "cpu_without_polling",
                    "CPU time without polling",
                    CriterionUnit.SpanPerSecond,
                    each => each.BusyWithoutPolling.Nanoseconds
                ),
                Spelled(
                    backends,
                    "cpu_with_polling",
                    "CPU time with polling",
                    CriterionUnit.SpanPerSecond,
                    each => each.Busy.Nanoseconds
                ),
                Spelled(
                    backends,
                    "lateness_p50",
                    "median lateness",
                    CriterionUnit.Span,
                    each => each.Median?.Nanoseconds
                ),
                Spelled(
                    backends,
                    "lateness_p99",
                    "p99 of lateness",
                    CriterionUnit.Span,
                    each => each.Tail?.Nanoseconds
                ),
            ]
        );

    private static Criterion Spelled(
        ImmutableArray<ComparedBackend> backends,
        string name,
        string words,
        CriterionUnit unit,
        Func<ComparedBackend, long?> figure
    ) =>
        new(
            name,
            words,
            unit,
            [.. backends.Select(each => new CriterionFigure(each.Name, figure(each)))]
        );
}

/// <summary>What a criterion's figures are.</summary>
public enum CriterionUnit
{
    /// <summary>A count over the run, shown per second of virtual time.</summary>
    PerSecond,

    /// <summary>Nanoseconds over the run, shown per second of virtual time.</summary>
    SpanPerSecond,

    /// <summary>Nanoseconds.</summary>
    Span,
}

/// <summary>By what back-ends are compared; the smallest figure wins.</summary>
/// <param name="Name">Its key in summary.json.</param>
/// <param name="Words">What people call it.</param>
/// <param name="Unit">Of its figures.</param>
/// <param name="Figures">One for each back-end.</param>
public sealed record Criterion(
    string Name,
    string Words,
    CriterionUnit Unit,
    ImmutableArray<CriterionFigure> Figures
)
{
    /// <summary>
    /// The back-end with the smallest figure; null if several have it, or if fewer than two back-ends have any: who
    /// runs alone wins nothing.
    /// </summary>
    public string? Winner => Best is [CriterionFigure only] ? only.Backend : null;

    /// <summary>Those with the smallest figure; empty if fewer than two back-ends have any.</summary>
    public ImmutableArray<CriterionFigure> Best
    {
        get
        {
            CriterionFigure[] known = [.. Figures.Where(each => each.Value is not null)];
            return known.Length < 2
                ? []
                : [.. known.Where(each => each.Value == known.Min(other => other.Value))];
        }
    }

    /// <summary>A back-end's figure; null if it has none.</summary>
    public long? Of(string backend) => Figures.First(each => each.Backend == backend).Value;
}

/// <summary>One back-end's figure.</summary>
/// <param name="Backend">Its name.</param>
/// <param name="Value">In the criterion's unit, over the whole run; null: there is none.</param>
public sealed record CriterionFigure(string Backend, long? Value);
