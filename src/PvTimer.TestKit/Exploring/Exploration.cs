using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace PvTimer.TestKit.Exploring;

/// <summary>What came of running a script under many schedules.</summary>
/// <param name="Schedules">How many were run.</param>
/// <param name="IsComplete">They were all that there are.</param>
/// <param name="Failure">One under which the script fails, with as few deviations as possible; null: none.</param>
public sealed record Exploration(int Schedules, bool IsComplete, FailingSchedule? Failure);

/// <summary>A schedule under which a script fails.</summary>
/// <param name="Schedule">Which; Explore can replay it.</param>
/// <param name="Deviations">What is different from the usual run, a line each.</param>
/// <param name="Cause">How the script failed.</param>
public sealed record FailingSchedule(
    Schedule Schedule,
    ImmutableArray<string> Deviations,
    Exception Cause
)
{
    public override string ToString()
    {
        string choices = Deviations.IsEmpty
            ? "  nothing: it fails in its usual run\n"
            : string.Concat(Deviations.Select(line => $"  {line}\n"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"the script fails under schedule \"{Schedule}\", which deviates in:\n{choices}\n{Cause.Message}"
        );
    }
}
