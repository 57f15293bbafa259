using System;
using System.Diagnostics;
using System.Threading;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Moving;
using PvTimer.Engine;
using PvTimer.Experiments;
using PvTimer.Model.Description;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;
using PvTimer.TestKit.Faults;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Properties;

namespace PvTimer.TestKit.Results;

/// <summary>A whole scenario, run to its end within a clock's limits.</summary>
internal static class ScenarioRun
{
    public static ScriptResult On(
        EngineKind engine,
        Scenario scenario,
        TimerBackend? backend = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(scenario);
        cancel.ThrowIfCancellationRequested();
        Scenario one = scenario with { Backends = [backend ?? scenario.Backends[0]] };
        DescriptionCheck.Accept(one);
        Limit limit = new(cancel);
        ExperimentResult result = Experiment.Run(
            one,
            engine,
            1,
            (_, progress) => limit.Allows(progress)
        );
        limit.ThrowIf(result.Interrupted);
        return new ScriptResult(result.Backends[0]);
    }

    /// <summary>A file's scenario, on the sequential engine.</summary>
    public static ScriptResult Of(string file, CancellationToken cancel) =>
        On(
            EngineKind.Sequential,
            ScenarioReader.Read(ScenarioFile.Find(file), []),
            backend: null,
            cancel
        );

    /// <summary>On the sequential engine, with messages that are lost, late or doubled.</summary>
    /// <param name="faults">Which.</param>
    /// <param name="scenario">With one back-end.</param>
    /// <param name="reached">Where it is noted which of them have met a message; null: nowhere.</param>
    public static ScriptResult With(MessageSchedule faults, Scenario scenario, Reached? reached)
    {
        DescriptionCheck.Accept(scenario);
        long started = Stopwatch.GetTimestamp();
        FaultLine line = new();
        foreach (MessageFault fault in faults.Faults)
        {
            fault.PutIn(line, () => VirtualTime.Zero);
        }
        TimerBackend backend = scenario.Backends[0];
        EmulatedMachine machine = EmulatedMachine.Build(
            MachineDescriptionBuilder.Build(scenario, backend)
        );
        Limit limit = new(CancellationToken.None);
        RunOutcome outcome = SequentialEngine.Run(
            new InterceptedMachine(machine, line.Pass),
            new RunOptions(1, limit.Allows)
        );
        limit.ThrowIf(outcome.Interrupted);
        if (reached is not null)
        {
            line.NoteOptional(reached);
        }
        return new ScriptResult(
            BackendResult.Of(scenario, backend, machine, outcome, Stopwatch.GetElapsedTime(started))
        );
    }

    /// <summary>How far a run may go.</summary>
    private sealed class Limit(CancellationToken cancel)
    {
        private readonly ClockLimits _limits = new();
        private readonly long _started = Stopwatch.GetTimestamp();
        private RunProgress _last;

        public bool Allows(RunProgress progress)
        {
            _last = progress;
            return !cancel.IsCancellationRequested
                && progress.Events < _limits.Events
                && Stopwatch.GetElapsedTime(_started) < _limits.Wall;
        }

        /// <exception cref="ScriptException">It was stopped, because it went too far.</exception>
        public void ThrowIf(bool interrupted)
        {
            cancel.ThrowIfCancellationRequested();
            if (interrupted)
            {
                throw new ScriptException(
                    $"the run was at {_last.Now} after {_last.Events} events and {_limits.Wall.TotalSeconds:0} s at most; "
                        + $"accepted: {_limits.Events} events"
                );
            }
        }
    }
}
