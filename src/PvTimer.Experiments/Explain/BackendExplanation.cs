using System.Collections.Immutable;
using PvTimer.Model.Timers;

namespace PvTimer.Experiments.Explain;

/// <summary>Why the timers of one back-end's run were late.</summary>
/// <param name="Backend">Which.</param>
/// <param name="TraceHash">The same as in the run's manifest.</param>
/// <param name="Breakdown">All of them, by quantile.</param>
/// <param name="HeatMap">By vCPU and time.</param>
/// <param name="Timers">Those that were chosen, the latest first.</param>
public sealed record BackendExplanation(
    TimerBackend Backend,
    string TraceHash,
    LatenessBreakdown Breakdown,
    LatenessHeatMap HeatMap,
    ImmutableArray<ExplainedTimer> Timers
);
