using System;
using System.Globalization;
using System.IO;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>Where runs are written, and how often their checkpoints, if nobody says anything else.</summary>
internal static class RunDirectories
{
    /// <summary>Wall time between checkpoints.</summary>
    public static TimeSpan UsualCheckpoints { get; } = TimeSpan.FromSeconds(2);

    /// <summary>runs/NAME-SEED.</summary>
    public static string Usual(Scenario scenario) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"runs/{FileName(scenario.Name)}-{scenario.Seed}"
        );

    /// <summary>runs/sweep-NAME-SEED.</summary>
    public static string UsualSweep(Scenario scenario) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"runs/sweep-{FileName(scenario.Name)}-{scenario.Seed}"
        );

    /// <summary>A scenario's name as part of a path.</summary>
    private static string FileName(string name) =>
        string.Join('_', name.Split([.. Path.GetInvalidFileNameChars(), ' ']));
}
