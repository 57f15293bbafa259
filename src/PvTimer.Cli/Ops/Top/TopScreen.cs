using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.OpsConsole.Documents;
using PvTimer.OpsConsole.Watching;

namespace PvTimer.Cli.Ops.Top;

/// <summary>The screen, from what was sampled and what somebody looks at: lines, and nothing but lines.</summary>
internal static class TopScreen
{
    /// <summary>Smaller than that nothing can be read.</summary>
    private const int MinWidth = 40;
    private const int MinHeight = 8;

    private static readonly string[] HelpLines =
    [
        "1 or c   cluster       2 or m   machine       3 or t   pending timers",
        "j k, arrows, PgUp PgDn, Home End   mark a row        Enter   open it",
        "s S      sort by the next, the previous column       v   the other way round",
        "/        filter        Escape   no filter, back      ?   this help        q   quit",
        "p        pause, resume          .   step to behind the next event",
        "+        checkpoint now         :   any order, such as",
        "  move h0 node-3     drain node-2    leave node-2    down node-2    kill node-2",
        "  pause 5ms          step 10us       travel 2ms      pace 10ms      stop",
        "  inject { stall = h0/pcpu-0, for = 1ms }   start config/scenarios/eight-hosts.conf",
        "What an order would do is shown first; it needs a reason, and --allow-control.",
    ];

    /// <param name="sample">The last one; null: none has come.</param>
    /// <param name="trouble">Why there is no newer one; null: there is.</param>
    /// <param name="state">What is looked at.</param>
    /// <param name="now">The time of day.</param>
    /// <param name="width">Characters in a line.</param>
    /// <param name="height">Lines.</param>
    public static ImmutableArray<TopLine> Draw(
        Sample? sample,
        string? trouble,
        TopState state,
        DateTimeOffset now,
        int width,
        int height
    )
    {
        width = Math.Max(MinWidth, width);
        height = Math.Max(MinHeight, height);
        List<TopLine> lines = [.. Head(sample, trouble, state, now)];
        List<TopLine> foot = [.. Foot(state)];
        int left = height - lines.Count - foot.Count;
        lines.AddRange(
            (
                state.Mode == TopMode.Help ? HelpLines.Select(line => new TopLine(line))
                : sample is null ? []
                : Body(sample, state, width, left)
            ).Take(left)
        );
        while (lines.Count + foot.Count < height)
        {
            lines.Add(new TopLine(""));
        }
        return [.. lines.Concat(foot).Take(height).Select(line => line.Cut(width))];
    }

    private static IEnumerable<TopLine> Head(
        Sample? sample,
        string? trouble,
        TopState state,
        DateTimeOffset now
    )
    {
        RunDocument? run = sample is null ? null : RunDocument.Of(sample);
        string what = run is null
            ? "no run"
            : $"{run.Scenario} on {run.Backend}, seed {run.Seed}: {$"{run.Phase}".ToLowerInvariant()}";
        string where = run?.DurationNs is { } duration
            ? string.Create(
                CultureInfo.InvariantCulture,
                $", {Quantities.Span(run.ReachedNs)} of {Quantities.Span(duration)} ({100.0 * run.ReachedNs / duration:0.0} %)"
            )
            : "";
        yield return new TopLine(what + where, TopTone.Heading);
        if (sample is null)
        {
            yield return new TopLine(
                trouble ?? "waiting for the cluster",
                trouble is null ? TopTone.Dim : TopTone.Bad
            );
            yield break;
        }
        yield return new TopLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"speed {sample.Rates.Speed:0.####} x, {Quantities.Count(sample.Rates.EventsPerSecond)} events/s, {Quantities.Count(sample.Rates.WindowsPerSecond)} windows/s"
            )
        );
        long age =
            (long)(now - sample.TakenAt).TotalMilliseconds + (sample.Look?.AgeMilliseconds ?? 0);
        string seen = sample.Look is { } look
            ? $"{look.Seen} of {look.Regions} regions, {TopPages.Age(Math.Max(0, age))} old, looking took {Quantities.Span(sample.Took.TotalNanoseconds)}, stood {Quantities.Span(look.StoodMilliseconds * 1e6)}"
            : $"cluster only, {TopPages.Age(Math.Max(0, age))} old, looking took {Quantities.Span(sample.Took.TotalNanoseconds)}";
        yield return trouble is null
            ? new TopLine(seen, TopTone.Dim)
            : new TopLine($"{trouble}; shown is what was {TopPages.Age(age)} ago", TopTone.Bad);
        yield return new TopLine(
            $"[{state.View.Kind}{(state.View.Subject.Length > 0 ? $" {state.View.Subject}" : "")}] {TopPages.TableOf(state.View, sample).CountOf(state)}",
            TopTone.Dim
        );
    }

    private static IEnumerable<TopLine> Body(Sample sample, TopState state, int width, int height)
    {
        if (state is { Mode: TopMode.Confirm, Plan: { } plan })
        {
            return plan.Lines.Select(line => new TopLine(
                $"  {line}",
                plan.Possible ? TopTone.Plain : TopTone.Bad
            ));
        }
        TopTable table = TopPages.TableOf(state.View, sample);
        TopLine[] below = [.. TopPages.Below(state, sample)];
        int rows = below.Length == 0 ? height : Math.Min(table.Shown(state).Length + 1, height / 2);
        int rest = Math.Max(0, height - rows - 1);
        IEnumerable<TopLine> drawn = table.Draw(state, width, Math.Max(2, rows));
        // Of what has happened the end is of interest; what stands before it always stays.
        return below.Length == 0
            ? drawn
            : drawn
                .Append(new TopLine(""))
                .Concat(
                    below.Length <= rest
                        ? below
                        : below.Take(rest / 2).Concat(below.TakeLast(rest - (rest / 2)))
                );
    }

    private static IEnumerable<TopLine> Foot(TopState state)
    {
        if (state.Said is { } said)
        {
            yield return said;
        }
        yield return state.Mode switch
        {
            TopMode.Filter => new TopLine($"filter: {state.Input}_", TopTone.Heading),
            TopMode.Order => new TopLine($"order: {state.Input}_", TopTone.Heading),
            TopMode.Confirm when state.Plan is { Possible: true } => new TopLine(
                $"why (Enter does it, Escape does not): {state.Input}_",
                TopTone.Heading
            ),
            TopMode.Confirm => new TopLine("Escape", TopTone.Heading),
            _ => new TopLine(
                "1 cluster  2 machine  3 timers  / filter  s sort  p pause  . step  : order  ?",
                TopTone.Dim
            ),
        };
    }
}
