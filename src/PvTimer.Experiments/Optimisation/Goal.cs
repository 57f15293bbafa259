using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Experiments.Sweeps;
using PvTimer.Model.Vmx;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Optimisation;

/// <summary>A number that is to be as small as possible.</summary>
/// <param name="Metric">Which.</param>
/// <param name="Backend">Of this back-end alone; null: of each, and back-ends compete.</param>
/// <param name="Text">As it was written.</param>
public sealed record Objective(MetricName Metric, string? Backend, string Text)
{
    /// <summary>Reads "lateness.p99", "pvtimer.cpu".</summary>
    /// <exception cref="SweepException">There is no such number.</exception>
    public static Objective Parse(SweepPlan plan, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        (string? backend, MetricName metric) = GoalText.Metric(plan, "--objective", text.Trim());
        return new Objective(metric, backend, text.Trim());
    }
}

/// <summary>A condition on the mean over the repetitions.</summary>
/// <param name="Metric">Of which number.</param>
/// <param name="Backend">Of this back-end alone; null: of each.</param>
/// <param name="Comparison">How it is compared with the bound.</param>
/// <param name="Bound">In the metric's unit.</param>
/// <param name="Text">As it was written.</param>
public sealed record Constraint(
    MetricName Metric,
    string? Backend,
    Comparison Comparison,
    double Bound,
    string Text
)
{
    private static readonly char[] Signs = ['<', '>', '=', '!'];

    /// <summary>Reads "cpu &lt; 1", "pvtimer.lateness.p99 &lt;= 50us".</summary>
    /// <exception cref="SweepException">It is no condition on a number.</exception>
    public static Constraint Parse(SweepPlan plan, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const string Option = "--subject-to";
        int sign = text.IndexOfAny(Signs);
        if (sign < 0)
        {
            throw new SweepException(
                $"{Option}: '{text}' has no comparison; accepted: METRIC < N, <=, >, >=, = or !="
            );
        }
        (string? backend, MetricName metric) = GoalText.Metric(plan, Option, text[..sign].Trim());
        return Threshold.TryParseCondition(
            text[sign..],
            metric.IsSpan,
            out Comparison comparison,
            out decimal bound
        )
            ? new Constraint(metric, backend, comparison, (double)bound, text.Trim())
            : throw new SweepException(
                $"{Option}: '{text[sign..].Trim()}' is no condition; accepted: < N, <=, >, >=, = or !=, N being "
                    + (metric.IsSpan ? Units.SpanForms : "a number without unit")
            );
    }

    /// <summary>A threshold of the scenario, on the mean like every other.</summary>
    public static Constraint Of(Threshold threshold)
    {
        ArgumentNullException.ThrowIfNull(threshold);
        return new Constraint(
            new MetricName(threshold.Metric, threshold.IsSpan),
            threshold.Backend.Name,
            threshold.Comparison,
            (double)threshold.Bound,
            $"{threshold.Path} {threshold.Condition}"
        );
    }

    /// <summary>Whether it holds for the number; never if there is none.</summary>
    public bool Holds(double? value) =>
        value is { } known
        && Comparison switch
        {
            Comparison.Less => known < Bound,
            Comparison.LessOrEqual => known <= Bound,
            Comparison.Greater => known > Bound,
            Comparison.GreaterOrEqual => known >= Bound,
            Comparison.Equal => known.Equals(Bound),
            _ => !known.Equals(Bound),
        };
}

/// <summary>Names of numbers, with or without a back-end before them.</summary>
internal static class GoalText
{
    public static (string? Backend, MetricName Metric) Metric(
        SweepPlan plan,
        string option,
        string text
    )
    {
        ArgumentNullException.ThrowIfNull(plan);
        string? backend = plan.Backends.FirstOrDefault(each =>
            text.StartsWith(each + ".", StringComparison.Ordinal)
        );
        string name = backend is null ? text : text[(backend.Length + 1)..];
        ImmutableArray<ExitNames> names =
        [
            .. plan
                .Scenario.Backends.SelectMany(each => plan.Scenario.ExitNamesOn(each))
                .Distinct()
                .Order(),
        ];
        return MetricName.Parse(names, name) is { } metric
            ? (backend, metric)
            : throw new SweepException(
                $"{option}: there is no number '{name}'; accepted: what thresholds name, such as lateness.p99, a criterion of the verdict, such as exits, or cpu; before it a back-end of {string.Join(", ", plan.Backends)} and a dot"
            );
    }
}
