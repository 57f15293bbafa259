using System;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Reports;

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
);

/// <summary>The lateness that the trace's own host showed, beside the emulated one.</summary>
/// <param name="Lateness">As recorded, of all replayed VMs.</param>
/// <param name="Distance">Kolmogorov-Smirnov distance of the emulated from the recorded lateness, 0 to 1.</param>
public sealed record RecordedComparison(ExactDistribution Lateness, double Distance);
