using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using PvTimer.Engine;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Repetition;

/// <summary>A baseline's scenarios as they come out now.</summary>
/// <param name="Baseline">What they are held against.</param>
/// <param name="Within">The share of a figure by which it may differ; 0: not at all.</param>
/// <param name="Backends">Each back-end of each scenario, then or now.</param>
public sealed record BaselineCheck(
    Baseline Baseline,
    decimal Within,
    ImmutableArray<CheckedBackend> Backends
)
{
    /// <summary>Every figure is where it was.</summary>
    public bool Holds => Backends.All(each => each.Moved.IsEmpty && !each.IsMissing);

    /// <param name="file">The baseline's file.</param>
    /// <param name="within">See <see cref="Within"/>.</param>
    /// <inheritdoc cref="Baseline.Of"/>
    /// <param name="goOn">Asked now and then, with how far a run has come; false stops it.</param>
    /// <param name="stop">Ends it.</param>
    public static BaselineCheck Of(
        string file,
        decimal within,
        Func<Scenario, TimerBackend, RunProgress, bool> goOn,
        CancellationToken stop
    )
    {
        Baseline baseline = Baseline.Read(file);
        string folder = Baseline.FolderOf(file);
        return new BaselineCheck(
            baseline,
            within,
            [
                .. baseline.Scenarios.SelectMany(then =>
                    Compare(
                        then,
                        BaselineScenario.Of(then.Scenario, folder, then.Set, goOn, stop),
                        within
                    )
                ),
            ]
        );
    }

    private static IEnumerable<CheckedBackend> Compare(
        BaselineScenario then,
        BaselineScenario now,
        decimal within
    ) =>
        then
            .Backends.Select(each => each.Backend)
            .Union(now.Backends.Select(each => each.Backend), StringComparer.Ordinal)
            .Select(name =>
                CheckedBackend.Of(
                    then.Scenario,
                    name,
                    then.Backends.FirstOrDefault(each => each.Backend == name),
                    now.Backends.FirstOrDefault(each => each.Backend == name),
                    within
                )
            );
}

/// <summary>One back-end of one scenario, then and now.</summary>
/// <param name="Scenario">Its file, as the baseline names it.</param>
/// <param name="Backend">Its name.</param>
/// <param name="IsMissing">It was run only then, or only now.</param>
/// <param name="HasSameEvents">Both trace hashes are equal.</param>
/// <param name="Figures">How many were compared.</param>
/// <param name="Moved">Figures that are further apart than they may be.</param>
public sealed record CheckedBackend(
    string Scenario,
    string Backend,
    bool IsMissing,
    bool HasSameEvents,
    int Figures,
    ImmutableArray<MovedFigure> Moved
)
{
    internal static CheckedBackend Of(
        string scenario,
        string name,
        BaselineBackend? then,
        BaselineBackend? now,
        decimal within
    )
    {
        if (then is null || now is null)
        {
            return new CheckedBackend(scenario, name, IsMissing: true, false, 0, []);
        }
        string[] metrics =
        [
            .. then
                .Figures.Keys.Union(now.Figures.Keys, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
        return new CheckedBackend(
            scenario,
            name,
            IsMissing: false,
            then.TraceHash == now.TraceHash,
            metrics.Length,
            [
                .. metrics
                    .Select(metric => new MovedFigure(
                        metric,
                        Find(then, metric),
                        Find(now, metric)
                    ))
                    .Where(figure => !figure.IsWithin(within)),
            ]
        );
    }

    private static decimal? Find(BaselineBackend of, string metric) =>
        of.Figures.TryGetValue(metric, out decimal value) ? value : null;
}

/// <param name="Metric">As thresholds name it.</param>
/// <param name="Then">Null: there was no such value.</param>
/// <param name="Now">Null: there is no such value.</param>
public sealed record MovedFigure(string Metric, decimal? Then, decimal? Now)
{
    /// <summary>As a share of what it was; null if one is missing, or it was zero.</summary>
    public decimal? Change => Then is { } then && then != 0 ? (Now - then) / Math.Abs(then) : null;

    internal bool IsWithin(decimal share) =>
        Then == Now || (Change is { } change && Math.Abs(change) <= share);
}
