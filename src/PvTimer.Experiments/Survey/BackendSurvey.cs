using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using PvTimer.Model.Backends;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Survey;

/// <summary>One scenario's guests on every back-end there is.</summary>
/// <param name="Scenario">As it was run: on all back-ends that can serve it.</param>
/// <param name="WritesPerTimer">Deadlines that its guests program for each timer that fires; null: none fired.</param>
/// <param name="Backends">In the order of tables.</param>
public sealed record BackendSurvey(
    Scenario Scenario,
    double? WritesPerTimer,
    ImmutableArray<SurveyedBackend> Backends
)
{
    private const string NoThresholds = "{}";

    /// <param name="file">The scenario. Which back-ends it names does not matter.</param>
    /// <param name="overrides">What the command line says instead of it.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="ScenarioException">Something in it cannot be used, whatever the back-end.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static BackendSurvey Of(
        string file,
        ImmutableArray<ScenarioOverride> overrides,
        CancellationToken stop
    )
    {
        Scenario ReadOn(params IEnumerable<TimerBackend> backends) =>
            ScenarioReader.ReadOverridden(
                file,
                [
                    .. overrides,
                    new ScenarioOverride("--set", "thresholds", NoThresholds),
                    new ScenarioOverride("--set", "backends", $"[{string.Join(", ", backends)}]"),
                ]
            );

        // What is wrong with the scenario itself is wrong with the usual back-end, too.
        _ = ReadOn(TimerBackends.Hrtimer);
        Dictionary<TimerBackend, string> refusals = [];
        foreach (TimerBackend backend in TimerBackends.All)
        {
            try
            {
                _ = ReadOn(backend);
            }
            catch (ScenarioException refused)
            {
                refusals[backend] = refused.Complaint;
            }
        }
        Scenario scenario = ReadOn(TimerBackends.All.Where(each => !refusals.ContainsKey(each)));
        ExperimentResult result = Experiment.Run(
            scenario,
            EngineKind.Sequential,
            1,
            (_, _) => !stop.IsCancellationRequested
        );
        stop.ThrowIfCancellationRequested();
        BackendResult usual = result.Backends.Single(each => each.Backend == TimerBackends.Hrtimer);
        long writes = usual.Report.DeadlineWrites;
        long fired = usual.Report.Timers.Fired;
        KnownUse? use = KnownUse.Of(scenario);
        return new BackendSurvey(
            scenario,
            Figures.Ratio(writes, fired),
            [
                .. TimerBackends.All.Select(backend =>
                {
                    (double Least, double Most)? form =
                        fired > 0 && !refusals.ContainsKey(backend)
                            ? use?.ExitsOn(backend, writes, fired)
                            : null;
                    return new SurveyedBackend(
                        backend,
                        result.Backends.FirstOrDefault(each => each.Backend == backend),
                        refusals.GetValueOrDefault(backend),
                        form?.Least,
                        form?.Most
                    );
                }),
            ]
        );
    }
}
