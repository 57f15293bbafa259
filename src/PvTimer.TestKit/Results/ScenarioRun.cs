using System;
using System.Diagnostics;
using System.Threading;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Moving;
using PvTimer.Engine;
using PvTimer.Experiments;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;
using PvTimer.TestKit.Machines;

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
        ClockLimits limits = new();
        long started = Stopwatch.GetTimestamp();
        RunProgress last = default;
        ExperimentResult result = Experiment.Run(
            one,
            engine,
            1,
            (_, progress) =>
            {
                last = progress;
                return !cancel.IsCancellationRequested
                    && progress.Events < limits.Events
                    && Stopwatch.GetElapsedTime(started) < limits.Wall;
            }
        );
        cancel.ThrowIfCancellationRequested();
        return result.Interrupted
            ? throw new ScriptException(
                $"the run was at {last.Now} after {last.Events} events and {limits.Wall.TotalSeconds:0} s at most; "
                    + $"accepted: {limits.Events} events"
            )
            : new ScriptResult(result.Backends[0]);
    }
}
