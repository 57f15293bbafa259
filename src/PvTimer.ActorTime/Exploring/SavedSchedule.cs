using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace PvTimer.ActorTime.Exploring;

/// <summary>A schedule under which a script fails, as a file of lines: a key, a space, and what it is.</summary>
/// <remarks>
/// <code>
///   # A schedule under which a script fails: ReplayFile(script, file) runs it again.
///   schedule 3:1 7:2
///   kit window 1000 ns
///   deviation /user/relay goes before /user/client-1       one for each, in their order
///   # Assert.Equal() Failure: Values differ
/// </code>
/// </remarks>
/// <param name="Schedule">Which.</param>
/// <param name="Deviations">What it meant, a line each: a script that has changed means something else by it.</param>
/// <param name="Kit">What the kit has to know besides; null: nothing.</param>
internal sealed record SavedSchedule(
    Schedule Schedule,
    ImmutableArray<string> Deviations,
    string? Kit
)
{
    private const string ScheduleKey = "schedule ";
    private const string KitKey = "kit ";
    private const string DeviationKey = "deviation ";
    private const char Comment = '#';

    /// <summary>What was found, with its failure in a file.</summary>
    /// <param name="found">If it has none, nothing is written.</param>
    /// <param name="file">Null: nothing is written.</param>
    /// <param name="kit">What the kit has to know to run it again; null: nothing.</param>
    public static Exploration Save(Exploration found, string? file, string? kit = null)
    {
        if (file is null || found.Failure is not { } failure)
        {
            return found;
        }
        File.WriteAllLines(
            file,
            [
                $"{Comment} A schedule under which a script fails: ReplayFile(script, file) runs it again.",
                $"{ScheduleKey}{failure.Schedule}",
                .. kit is null ? [] : new[] { $"{KitKey}{kit}" },
                .. failure.Deviations.Select(line => $"{DeviationKey}{line}"),
                .. failure
                    .Cause.Message.ReplaceLineEndings("\n")
                    .Split('\n')
                    .Select(line => $"{Comment} {line}".TrimEnd()),
            ]
        );
        return found with { Failure = failure with { SavedAs = file } };
    }

    /// <exception cref="FormatException">It is no such file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SavedSchedule Read(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Schedule? schedule = null;
        string? kit = null;
        var deviations = ImmutableArray.CreateBuilder<string>();
        foreach (string line in File.ReadLines(file))
        {
            if (line.Length == 0 || line[0] == Comment)
            {
                continue;
            }
            if (Value(line, ScheduleKey) is { } text && schedule is null)
            {
                schedule = Schedule.Parse(text);
            }
            else if (Value(line, KitKey) is { } said && kit is null)
            {
                kit = said;
            }
            else if (Value(line, DeviationKey) is { } deviation)
            {
                deviations.Add(deviation);
            }
            else
            {
                throw new FormatException(
                    $"{file}: \"{line}\" is no line of a schedule; accepted: one \"{ScheduleKey}3:1 7:2\", one \"{KitKey}...\", \"{DeviationKey}...\", {Comment} comments"
                );
            }
        }
        return schedule is null
            ? throw new FormatException(
                $"{file} has no schedule; accepted: what an exploration has written to saveTo"
            )
            : new SavedSchedule(schedule, deviations.ToImmutable(), kit);
    }

    /// <summary>Runs it once.</summary>
    /// <exception cref="ScriptException">The script does not fail, and does not go that way either.</exception>
    public Task<Exploration> Replay(Explorer explorer) => explorer.Replay(Schedule, Deviations);

    private static string? Value(string line, string key) =>
        line.StartsWith(key, StringComparison.Ordinal) ? line[key.Length..] : null;
}
