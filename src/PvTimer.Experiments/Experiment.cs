using System;
using System.Collections.Generic;
using System.Diagnostics;
using PvTimer.Actors;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>Runs a scenario: the same guests on each of its back-ends, one after the other.</summary>
public static class Experiment
{
    /// <param name="scenario">What to run.</param>
    /// <param name="engine">What runs it.</param>
    /// <param name="regions">Kernels side by side, at least 1; the sequential engine has one.</param>
    /// <param name="goOn">
    /// Asked now and then, with the back-end and how far it has come; false stops the experiment there.
    /// </param>
    /// <exception cref="RunFailedException">A run broke.</exception>
    public static ExperimentResult Run(
        Scenario scenario,
        EngineKind engine,
        int regions,
        Func<TimerBackend, RunProgress, bool> goOn
    )
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(goOn);
        List<BackendResult> finished = [];
        bool stopped = false;
        foreach (TimerBackend backend in scenario.Backends)
        {
            RunOptions options = new(
                regions,
                progress =>
                {
                    stopped |= !goOn(backend, progress);
                    return !stopped;
                }
            );
            long started = Stopwatch.GetTimestamp();
            EmulatedMachine machine = EmulatedMachine.Build(
                MachineDescriptionBuilder.Build(scenario, backend)
            );
            RunOutcome outcome =
                engine == EngineKind.Actors
                    ? ActorEngine.Run(machine, options)
                    : SequentialEngine.Run(machine, options);
            TimeSpan wall = Stopwatch.GetElapsedTime(started);
            if (outcome.Interrupted)
            {
                break;
            }
            finished.Add(BackendResult.Of(scenario, backend, machine, outcome, wall));
            if (stopped)
            {
                // It was the run's last question: this back-end is finished, others are not.
                break;
            }
        }
        bool interrupted = finished.Count < scenario.Backends.Length;
        return new ExperimentResult(scenario, engine, 1, regions, [.. finished], interrupted);
    }
}
