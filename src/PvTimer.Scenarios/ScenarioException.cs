using System;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios;

/// <summary>
/// A scenario, a cost profile or an input file that cannot be used. The message is one line:
/// <c>file:line: key: what is wrong; accepted: what would be right</c>.
/// </summary>
public sealed class ScenarioException : Exception
{
    internal ScenarioException(SourcePosition at, string key, string what, string accepted)
        : base(
            key.Length == 0
                ? $"{at}: {what}; accepted: {accepted}"
                : $"{at}: {key}: {what}; accepted: {accepted}"
        ) => Complaint = $"{what}; accepted: {accepted}";

    /// <summary>The message without the place: <c>what is wrong; accepted: what would be right</c>.</summary>
    public string Complaint { get; }
}
