using System.Collections.Immutable;
using System.Linq;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>A scenario's runs, one per back-end that was finished.</summary>
/// <param name="Scenario">What was run.</param>
/// <param name="Engine">By what.</param>
/// <param name="Nodes">Processes; 1: the one that asked.</param>
/// <param name="Regions">Kernels side by side, in each of the processes.</param>
/// <param name="Backends">The finished ones, in the scenario's order.</param>
/// <param name="Interrupted">Somebody stopped it before all were finished.</param>
public sealed record ExperimentResult(
    Scenario Scenario,
    EngineKind Engine,
    int Nodes,
    int Regions,
    ImmutableArray<BackendResult> Backends,
    bool Interrupted
)
{
    /// <summary>What was done to the nodes meanwhile, and what became of it: a line for each fault.</summary>
    public ImmutableArray<string> Drills { get; init; } = [];

    /// <summary>The thresholds about finished back-ends, each with the number it was checked against.</summary>
    public ImmutableArray<ThresholdVerdict> Verdicts { get; } =
    [
        .. Scenario
            .Thresholds.Where(threshold =>
                Backends.Any(result => result.Backend == threshold.Backend)
            )
            .Select(threshold =>
                ThresholdVerdict.Of(
                    threshold,
                    SummaryDocument.Of(
                        Backends.First(result => result.Backend == threshold.Backend),
                        Scenario
                    )
                )
            ),
    ];
}
