using System;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Reports;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>One back-end's finished run.</summary>
/// <param name="Backend">Which.</param>
/// <param name="Outcome">Its trace hash, its events, how far it came.</param>
/// <param name="Report">The machine's numbers.</param>
/// <param name="Wall">Real time of the run.</param>
/// <param name="Recorded">What it is compared with; null if no trace was replayed.</param>
public sealed record BackendResult(
    TimerBackend Backend,
    RunOutcome Outcome,
    MachineReport Report,
    TimeSpan Wall,
    RecordedComparison? Recorded
)
{
    /// <summary>Reads the numbers off a machine that has been run, by whichever engine.</summary>
    /// <param name="scenario">What was run.</param>
    /// <param name="backend">On which back-end.</param>
    /// <param name="machine">In its final state.</param>
    /// <param name="outcome">What the engine says.</param>
    /// <param name="wall">Real time of the run.</param>
    public static BackendResult Of(
        Scenario scenario,
        TimerBackend backend,
        EmulatedMachine machine,
        RunOutcome outcome,
        TimeSpan wall
    )
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(outcome);
        MachineReport report = machine.Report(outcome.Reached);
        return new BackendResult(
            backend,
            outcome,
            report,
            wall,
            RecordedComparison.Of(scenario, report)
        );
    }
}
