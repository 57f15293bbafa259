using System;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.Sharding.Faults;

namespace PvTimer.Cli.Commands;

/// <summary>What the options of pvtimer run accept beyond what their types do.</summary>
internal static class RunValues
{
    /// <summary>Wall time between checkpoints; zero: none but the last.</summary>
    /// <param name="option">Its name.</param>
    /// <param name="text">Null: as usual.</param>
    /// <exception cref="UsageException">It is no span of time.</exception>
    public static TimeSpan CheckpointEvery(Option option, string? text)
    {
        if (text is null)
        {
            return RunDirectories.UsualCheckpoints;
        }
        bool isSpan =
            Units.TryParseSpan(text, out VirtualDuration span)
            && span >= VirtualDuration.Zero
            && span <= Bounds.LongestWait;
        return isSpan
            ? TimeSpan.FromMilliseconds(span.Nanoseconds / 1_000_000)
            : throw new UsageException(
                $"{option.Name}: '{text}' is no span of time up to {Bounds.Write(Bounds.LongestWait)}; accepted: 2s, 500ms, or 0s for none but the last"
            );
    }

    /// <summary>What is done to the nodes; null: nothing.</summary>
    /// <param name="option">Its name.</param>
    /// <param name="texts">As they were given.</param>
    /// <param name="nodes">How many are launched; null: it was not said.</param>
    /// <param name="join">Nodes that are joined.</param>
    /// <param name="scenario">What is run.</param>
    /// <exception cref="UsageException">One of them cannot happen.</exception>
    public static FaultSchedule? Faults(
        Option option,
        string[] texts,
        int? nodes,
        string[] join,
        Scenario scenario
    )
    {
        if (texts.Length == 0)
        {
            return null;
        }
        if (join.Length > 0)
        {
            throw new UsageException(
                $"{option.Name}: the nodes of a cluster that is joined are not this command's; accepted: --nodes"
            );
        }
        try
        {
            string[] backends = [.. scenario.Backends.Select(backend => backend.Name)];
            return FaultSchedule.Parse(texts, nodes ?? 1, backends);
        }
        catch (FormatException e)
        {
            string alone = nodes is null ? "; without --nodes there is one node" : "";
            throw new UsageException($"{option.Name}: {e.Message}{alone}");
        }
    }

    /// <summary>"2%" as 0.02; null: it is no such share.</summary>
    public static decimal? Percent(string text) =>
        text.EndsWith('%')
        && decimal.TryParse(
            text[..^1],
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out decimal percent
        )
            ? percent / 100
            : null;
}
