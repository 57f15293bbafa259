using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace PvTimer.ActorTime.Exploring;

/// <summary>What came of running a script under many schedules.</summary>
/// <param name="Schedules">How many were run.</param>
/// <param name="Traces">How many different traces came of them: schedules that make no difference have one.</param>
/// <param name="Choices">What there was to choose, and how much of it was chosen.</param>
/// <param name="IsComplete">The schedules were all that there are.</param>
/// <param name="Failure">One under which the script fails, with as few deviations as possible; null: none.</param>
public sealed record Exploration(
    int Schedules,
    int Traces,
    ChoiceCoverage Choices,
    bool IsComplete,
    FailingSchedule? Failure
)
{
    /// <summary>By <see cref="Strategies.Pct"/> and <see cref="Strategies.Priorities"/>: what it promises about what it has not found; else null.</summary>
    public Guarantee? Guarantee { get; init; }

    /// <summary>How many more runs it took to take back what the failure does not need.</summary>
    public int ShrinkingRuns { get; init; }

    /// <summary>"300 schedules of more, 212 different traces, 41 of 52 choice points to their last option".</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Schedules} schedules{(IsComplete ? ", all that there are" : " of more")}, {Traces} different traces, {Choices}{(Guarantee is null ? "" : $"; {Guarantee}")}"
        );
}

/// <summary>Where a script could go several ways, over all of the schedules that were run.</summary>
/// <param name="Points">Points with at least two options: the first, second and so on of a run.</param>
/// <param name="Options">Options that were taken at them, the usual ones included.</param>
/// <param name="Exhausted">Points at which the last option, too, was taken.</param>
public sealed record ChoiceCoverage(int Points, int Options, int Exhausted)
{
    /// <summary>Every option of every point was taken; not in every combination: see <see cref="Exploration.IsComplete"/>.</summary>
    public bool IsComplete => Exhausted == Points;

    /// <summary>"41 of 52 choice points to their last option, 130 options".</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Exhausted} of {Points} choice points to their last option, {Options} options"
        );
}

/// <summary>A schedule under which a script fails.</summary>
/// <param name="Schedule">Which; Replay runs it again.</param>
/// <param name="Deviations">What is different from the usual run, a line each.</param>
/// <param name="Cause">How the script failed.</param>
public sealed record FailingSchedule(
    Schedule Schedule,
    ImmutableArray<string> Deviations,
    Exception Cause
)
{
    /// <summary>The file in which it is kept, for ReplayFile; null: none.</summary>
    public string? SavedAs { get; init; }

    public override string ToString()
    {
        string saved = SavedAs is null ? "" : $"\nsaved, for ReplayFile, as {SavedAs}";
        string choices = Deviations.IsEmpty
            ? "  nothing: it fails in its usual run\n"
            : string.Concat(Deviations.Select(line => $"  {line}\n"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"the script fails under schedule \"{Schedule}\", which deviates in:\n{choices}\n{Cause.Message}{saved}"
        );
    }
}
