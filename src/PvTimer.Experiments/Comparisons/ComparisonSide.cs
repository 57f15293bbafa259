using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using PvTimer.Experiments.Repetition;
using PvTimer.Model.Backends;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Comparisons;

/// <summary>One side of a comparison: a scenario, and which of its back-ends.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Scenario">Resolved.</param>
/// <param name="Only">The back-end that was named; null: all of the scenario's.</param>
public sealed record ComparisonSide(string Name, Scenario Scenario, TimerBackend? Only)
{
    /// <summary>What a side may be.</summary>
    public const string Accepted =
        "a run directory or a scenario file, with /BACKEND behind it for one of its back-ends";

    /// <summary>Its back-ends, in the scenario's order.</summary>
    public ImmutableArray<TimerBackend> Backends => Only is { } only ? [only] : Scenario.Backends;

    /// <param name="name">"runs/quickstart-42", "my.conf", "runs/quickstart-42/pvtimer".</param>
    /// <exception cref="IOException">There is no such run and no such file.</exception>
    /// <exception cref="ScenarioException">It cannot be used.</exception>
    public static ComparisonSide Read(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (ReadWhole(name) is { } whole)
        {
            return new ComparisonSide(name, whole, null);
        }
        string backend = Path.GetFileName(Path.TrimEndingDirectorySeparator(name));
        string? folder = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(name));
        return
            folder is { Length: > 0 }
            && TimerBackends.All.Any(each => each.Name == backend)
            && ReadWhole(folder) is { } scenario
            ? new ComparisonSide(name, scenario, ScenarioReader.BackendOf(scenario, backend))
            : throw new FileNotFoundException($"{name}: is not there; accepted: {Accepted}");
    }

    private static Scenario? ReadWhole(string name) =>
        File.Exists(name) && !name.EndsWith(RunDirectory.ManifestName, StringComparison.Ordinal)
            ? ScenarioReader.Read(name, [])
        : FinishedRun.IsAt(name) ? FinishedRun.Read(name).ReadScenario()
        : Preset.All.Any(preset => preset.Name == name)
            ? ScenarioReader.Read(Preset.FileOf(name), [])
        : null;
}
