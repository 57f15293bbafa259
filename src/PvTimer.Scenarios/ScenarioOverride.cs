using System;

namespace PvTimer.Scenarios;

/// <summary>A key of a scenario that the command line sets.</summary>
/// <param name="Option">What messages blame: "--set", "--backend".</param>
/// <param name="Path">The key; the leading "scenario." may be left out.</param>
/// <param name="Value">Any HOCON value.</param>
public sealed record ScenarioOverride(string Option, string Path, string Value)
{
    internal const string SetOption = "--set";

    /// <summary>What <c>--set path=value</c> says; without "=" the value is empty, and will be refused.</summary>
    public static ScenarioOverride Set(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals < 0
            ? new ScenarioOverride(SetOption, text, "")
            : new ScenarioOverride(SetOption, text[..equals], text[(equals + 1)..]);
    }
}
