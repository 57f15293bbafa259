using System;
using System.Collections.Generic;
using System.Globalization;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>Keys of scenarios that decide nothing in a run, for commands that have no use for them and say so.</summary>
public static class UnusedSettings
{
    /// <summary>"thresholds (2), sweep": those that the scenario has; null: none.</summary>
    public static string? Of(Scenario scenario)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        string[] keys = [.. Keys(scenario)];
        return keys is [] ? null : string.Join(", ", keys);
    }

    /// <summary>Of a file; null, too, if it cannot be read as it stands.</summary>
    /// <param name="file">A scenario.</param>
    /// <param name="overrides">What the command line says instead of it.</param>
    public static string? In(string file, IEnumerable<ScenarioOverride> overrides)
    {
        try
        {
            return Of(ScenarioReader.ReadOverridden(file, [.. overrides]));
        }
        catch (ScenarioException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Keys(Scenario scenario)
    {
        if (!scenario.Thresholds.IsEmpty)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"thresholds ({scenario.Thresholds.Length})"
            );
        }
        if (scenario.Sweep is { Over.IsEmpty: false } or { Repeat: not null })
        {
            yield return "sweep";
        }
    }
}
