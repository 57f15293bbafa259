using System;
using PvTimer.Engine;
using PvTimer.Formats.Lateness;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
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
            RecordedComparison.Of(scenario, report.Lateness)
        );
    }
}

/// <summary>The lateness that the trace's own host showed, beside the emulated one.</summary>
/// <param name="Lateness">As recorded, of all replayed VMs.</param>
/// <param name="Distance">
/// Kolmogorov-Smirnov distance of the emulated from the recorded lateness, 0 to 1; null if one of them is empty.
/// </param>
public sealed record RecordedComparison(ExactDistribution Lateness, double? Distance)
{
    /// <summary>Null if no trace was replayed.</summary>
    internal static RecordedComparison? Of(Scenario scenario, ExactDistribution emulated)
    {
        if (!scenario.Replays)
        {
            return null;
        }
        ExactDistribution recorded = new();
        foreach (VmSettings vm in scenario.Vms)
        {
            if (vm.Guest is TraceGuest trace)
            {
                foreach (LatenessSample sample in RecordedLateness.Of(trace.Recording))
                {
                    recorded.Add(sample.Lateness, vm.Count);
                }
            }
        }
        double? distance =
            recorded.Count > 0 && emulated.Count > 0
                ? KolmogorovSmirnov.Distance(recorded, emulated)
                : null;
        return new RecordedComparison(recorded, distance);
    }
}
