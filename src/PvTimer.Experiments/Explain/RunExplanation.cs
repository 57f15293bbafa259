using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Experiments.Repetition;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Explain;

/// <summary>Why the timers of a finished run were late: found by running it again, watched.</summary>
/// <param name="Run">The run.</param>
/// <param name="Backends">Those that were asked for, in the order of the run.</param>
public sealed record RunExplanation(FinishedRun Run, ImmutableArray<BackendExplanation> Backends)
{
    /// <param name="run">Has been written.</param>
    /// <param name="scenario">See <see cref="FinishedRun.ReadScenario"/>.</param>
    /// <param name="backends">Which of its finished ones; empty: all.</param>
    /// <param name="choice">Which timers to explain one by one.</param>
    /// <param name="goOn">Asked now and then, with how far a run has come; false stops it.</param>
    /// <exception cref="DifferentRunException">Run again it is another run.</exception>
    /// <exception cref="RunFailedException">It broke.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static RunExplanation Of(
        FinishedRun run,
        Scenario scenario,
        ImmutableArray<TimerBackend> backends,
        TimerChoice choice,
        Func<TimerBackend, RunProgress, bool> goOn
    )
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(goOn);
        return new RunExplanation(
            run,
            [
                .. RecordedBackends
                    .Of(run, scenario, backends)
                    .Select(recorded =>
                    {
                        BackendExplanation explained = TimerExplainer.Run(
                            recorded.Backend,
                            MachineDescriptionBuilder.Build(scenario, recorded.Backend),
                            choice,
                            progress => goOn(recorded.Backend, progress),
                            out _
                        );
                        recorded.Check(run, explained.TraceHash);
                        return explained;
                    }),
            ]
        );
    }
}
