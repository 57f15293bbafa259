using System;
using System.Collections.Generic;
using System.Diagnostics;
using PvTimer.Actors;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Timers;
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
    ) => Run(scenario, engine, regions, goOn, kept: null);

    /// <inheritdoc cref="Run(Scenario, EngineKind, int, Func{TimerBackend, RunProgress, bool})"/>
    /// <remarks>What is kept goes on from where it was, and holds on to where this run stops.</remarks>
    internal static ExperimentResult Run(
        Scenario scenario,
        EngineKind engine,
        int regions,
        Func<TimerBackend, RunProgress, bool> goOn,
        LocalExperiment? kept
    )
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(goOn);
        List<BackendResult> finished = [];
        bool stopped = false;
        foreach (TimerBackend backend in scenario.Backends)
        {
            BackendResult? result =
                kept?.FinishedBefore(backend)
                ?? RunOne(
                    scenario,
                    backend,
                    engine,
                    regions,
                    progress => !(stopped |= !goOn(backend, progress)),
                    kept
                );
            if (result is not null)
            {
                finished.Add(result);
            }
            if (result is null || stopped)
            {
                // It may have been the run's last question: then this back-end is finished, others are not.
                break;
            }
        }
        bool interrupted = finished.Count < scenario.Backends.Length;
        return new ExperimentResult(scenario, engine, 1, regions, [.. finished], interrupted);
    }

    /// <summary>Null: it was stopped before its end.</summary>
    private static BackendResult? RunOne(
        Scenario scenario,
        TimerBackend backend,
        EngineKind engine,
        int regions,
        Func<RunProgress, bool> goOn,
        LocalExperiment? kept
    )
    {
        long started = Stopwatch.GetTimestamp();
        (EmulatedMachine machine, Resumption? from, TimeSpan before) =
            kept?.MachineOf(backend)
            ?? (
                EmulatedMachine.Build(MachineDescriptionBuilder.Build(scenario, backend)),
                null,
                TimeSpan.Zero
            );
        Resumption? state = null;
        // The last back-end's end is needed only if it does not come.
        bool isLast = backend == scenario.Backends[^1];
        bool mayGoOn = true;
        RunOptions options = new(regions, progress => mayGoOn = goOn(progress))
        {
            AtEnd = kept is null ? null : freeze => state = isLast && mayGoOn ? null : freeze(),
        };
        RunOutcome outcome =
            engine == EngineKind.Actors
                ? ActorEngine.Run(machine, options, from)
                : SequentialEngine.Run(machine, options, from);
        TimeSpan wall = Stopwatch.GetElapsedTime(started);
        if (state is not null)
        {
            kept!.Hold(backend, state, isDone: !outcome.Interrupted, wall);
        }
        return outcome.Interrupted
            ? null
            : BackendResult.Of(scenario, backend, machine, outcome, before + wall);
    }
}
