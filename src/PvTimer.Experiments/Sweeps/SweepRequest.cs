using System.Collections.Immutable;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Sweeps;

/// <summary>What is to be swept.</summary>
/// <param name="File">The scenario.</param>
/// <param name="Overrides">What holds for all points, in order.</param>
/// <param name="Axes">The matrix is their product; none: one point.</param>
/// <param name="Repetitions">Of each point, at least 1, each with a seed of its own.</param>
public sealed record SweepRequest(
    string File,
    ImmutableArray<ScenarioOverride> Overrides,
    ImmutableArray<SweepAxis> Axes,
    int Repetitions
)
{
    /// <summary>Enough for an interval that says something.</summary>
    public const int UsualRepetitions = 5;
}
