using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments.Optimisation;
using PvTimer.Experiments.Survey;
using PvTimer.Model.Backends;

namespace PvTimer.Experiments.Predictions;

/// <summary>A prediction in sentences, the answer first.</summary>
public static class PredictionWords
{
    public static IEnumerable<string> Of(Prediction prediction)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        foreach (BreakEven line in prediction.BreakEvens)
        {
            yield return $"pvtimer instead of {line.Against}: {Gain(prediction, line.Against)}";
            yield return $"  a dedicated CPU pays {Pays(line.Whole)}; counted by its busy time, {Pays(line.Busy)}";
        }
        foreach (Criterion criterion in Compared(prediction).Criteria)
        {
            string who = criterion.Best.Length switch
            {
                0 => "none",
                _ => string.Join(" and ", criterion.Best.Select(each => each.Backend)),
            };
            yield return $"least {criterion.Words}: {who}";
        }
        if (Best(prediction.Tuning) is { } best)
        {
            yield return $"scan period and padding with the fewest exits for pvtimer: {best.Candidate.Point} ({Figures(prediction.Tuning, best)})";
        }
    }

    /// <summary>What has to be believed for the prediction to hold.</summary>
    public static IEnumerable<string> Assumptions(Prediction prediction)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        var scenario = prediction.Survey.Scenario;
        yield return $"the guests do what they did in the recording, however their timers come (closed-loop replay)";
        yield return $"costs are those of the profile {scenario.Host.Costs.Name}, on {scenario.Host.Cpus} pCPUs in {scenario.Host.Sockets} sockets; vCPUs are alone on theirs as far as there are enough";
        yield return "each cost is one figure or one distribution: profiles carry no band of what their sources leave open, and what other costs would do to the tail is shown by the profiles of other hosts only";
        yield return "the figures of pvtimer are a prediction of the model: the series was never merged, and nobody published a measurement of it";
        yield return $"search and growing numbers of guests run {Quantities.Span(prediction.ShortRun)} of virtual time; beyond the numbers that were run, break-even is carried on in a straight line";
    }

    /// <summary>The candidate of the front with the fewest exits; the later its timers may be, the fewer there are.</summary>
    public static RatedCandidate? Best(OptimisationResult tuning)
    {
        ArgumentNullException.ThrowIfNull(tuning);
        return tuning.Front.OrderBy(each => each.Objectives[0].Mean).FirstOrDefault();
    }

    internal static Verdict Compared(Prediction prediction) =>
        Verdict.Of([
            .. prediction
                .Survey.Backends.Where(each => each.Result is not null)
                .Select(each => ComparedBackend.Of(each.Result!)),
        ]);

    internal static string Pays(BreakEvenAnswer answer) =>
        answer switch
        {
            { Vcpus: null } => "never: each further vCPU costs it more than it saves",
            { Vcpus: { } vcpus, IsEmulated: true } => string.Create(
                CultureInfo.InvariantCulture,
                $"from {vcpus} vCPUs on"
            ),
            { Vcpus: { } vcpus } => string.Create(
                CultureInfo.InvariantCulture,
                $"from about {vcpus} vCPUs on (carried on)"
            ),
        };

    private static string Figures(OptimisationResult tuning, RatedCandidate rated) =>
        string.Join(
            ", ",
            tuning.Objectives.Zip(
                rated.Objectives,
                (objective, interval) =>
                    $"{objective.Text} {(objective.Metric.IsSpan ? Quantities.Span(interval.Mean) : interval.Mean < 1000 ? Quantities.Ratio(interval.Mean) : Quantities.Count(interval.Mean))}"
            )
        );

    private static string Gain(Prediction prediction, string against)
    {
        SurveyedBackend Row(string name) =>
            prediction.Survey.Backends.First(each => each.Backend.Name == name);

        SurveyedBackend before = Row(against);
        SurveyedBackend after = Row(TimerBackends.PvTimer.Name);
        ComparedBackend one = ComparedBackend.Of(before.Result!);
        ComparedBackend other = ComparedBackend.Of(after.Result!);
        return $"exits {Change(one.Exits, other.Exits)}, median lateness {Quantities.Span(one.Median)} -> {Quantities.Span(other.Median)}, p99 {Quantities.Span(one.Tail)} -> {Quantities.Span(other.Tail)}";
    }

    private static string Change(long before, long after) =>
        before == 0
            ? Quantities.None
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{100.0 * (after - before) / before:+0;-0;0} %"
            );
}
