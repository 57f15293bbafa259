using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Time;

namespace PvTimer.Experiments;

/// <summary>A <see cref="Verdict"/> in words, one line each; nothing if fewer than two back-ends were compared.</summary>
public static class VerdictWords
{
    /// <summary>What others are measured against, if it was run; else the first back-end is.</summary>
    private const string Baseline = "hrtimer";

    /// <summary>Differences below this share are not called better or worse.</summary>
    private const double Alike = 0.01;

    /// <param name="verdict">What to say.</param>
    /// <param name="length">Virtual time of the run, more than zero.</param>
    public static IEnumerable<string> Of(Verdict verdict, VirtualDuration length)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        if (verdict.Backends.Length < 2)
        {
            return [];
        }
        double seconds = length.Nanoseconds / 1e9;
        ComparedBackend baseline =
            verdict.Backends.FirstOrDefault(each => each.Name == Baseline) ?? verdict.Backends[0];
        return
        [
            .. verdict.Criteria.Select(criterion => WinnerOf(criterion, seconds)),
            .. verdict
                .Backends.Where(each => each != baseline)
                .SelectMany(each => Against(verdict, baseline, each, seconds)),
        ];
    }

    private static string WinnerOf(Criterion criterion, double seconds)
    {
        string figures = string.Join(
            ", ",
            criterion.Figures.Select(each =>
                $"{each.Backend} {Shown(criterion.Unit, each.Value, seconds)}"
            )
        );
        string who = criterion.Best.Length switch
        {
            0 => "not decided",
            1 => $"{criterion.Winner} wins",
            int all when all == criterion.Figures.Length => "a tie",
            _ => $"a tie of {string.Join(" and ", criterion.Best.Select(each => each.Backend))}",
        };
        return $"{criterion.Words}: {who} ({figures})";
    }

    private static IEnumerable<string> Against(
        Verdict verdict,
        ComparedBackend baseline,
        ComparedBackend other,
        double seconds
    )
    {
        foreach (
            (string said, Func<double, bool> belongs) in new (string, Func<double, bool>)[]
            {
                ("better", change => change <= -Alike),
                ("worse", change => change >= Alike),
                ("about the same", change => Math.Abs(change) < Alike),
            }
        )
        {
            string[] changes =
            [
                .. verdict
                    .Criteria.Where(each =>
                        ChangeOf(each, baseline, other) is { } change && belongs(change)
                    )
                    .Select(each => Described(each, baseline, other, seconds)),
            ];
            if (changes.Length > 0)
            {
                yield return $"{other.Name} against {baseline.Name}, {said}: {string.Join("; ", changes)}";
            }
        }
        if (PollingLine(baseline, other, seconds) is { } polling)
        {
            yield return polling;
        }
        if (WorkLine(baseline, other, seconds) is { } work)
        {
            yield return work;
        }
    }

    /// <summary>As a share of the baseline's figure; infinite if that is zero, null if one of them has none.</summary>
    private static double? ChangeOf(
        Criterion criterion,
        ComparedBackend baseline,
        ComparedBackend other
    )
    {
        if (
            criterion.Of(baseline.Name) is not { } before
            || criterion.Of(other.Name) is not { } after
        )
        {
            return null;
        }
        return before == after ? 0 : (after - (double)before) / Math.Abs((double)before);
    }

    private static string Described(
        Criterion criterion,
        ComparedBackend baseline,
        ComparedBackend other,
        double seconds
    )
    {
        long before = criterion.Of(baseline.Name)!.Value;
        long after = criterion.Of(other.Name)!.Value;
        string from = Shown(criterion.Unit, before, seconds);
        string to = Shown(criterion.Unit, after, seconds);
        return $"{criterion.Words} {from} -> {to}{Factor(before, after)}";
    }

    /// <summary>" (-61 %)", " (12.5 times)"; empty where a share of the first says nothing.</summary>
    private static string Factor(long before, long after)
    {
        if (before <= 0 || after < 0 || before == after)
        {
            return "";
        }
        double ratio = (double)after / before;
        return ratio >= 2
            ? string.Create(CultureInfo.InvariantCulture, $" ({ratio:0.0} times)")
            : string.Create(CultureInfo.InvariantCulture, $" ({100 * (ratio - 1):+0.0;-0.0} %)");
    }

    /// <summary>
    /// Polling apart from work. A vCPU that waits longer than the polling window makes KVM give polling up: then pCPUs
    /// look less busy although nothing was saved, and every wake-up becomes slower.
    /// </summary>
    private static string? PollingLine(
        ComparedBackend baseline,
        ComparedBackend other,
        double seconds
    )
    {
        VirtualDuration polling = other.Polling - baseline.Polling;
        VirtualDuration work = other.BusyWithoutPolling - baseline.BusyWithoutPolling;
        if (polling == VirtualDuration.Zero)
        {
            return null;
        }
        string from = PerSecond(baseline.Polling, seconds);
        string to = PerSecond(other.Polling, seconds);
        string all = Change(polling + work, seconds);
        string own = Change(work, seconds);
        return $"{other.Name}'s halt polling took {to}, {baseline.Name}'s {from}: with it all pCPUs are {all}, without it {own}";
    }

    /// <summary>Equal guests, but a guest whose timers come later does less in the same time.</summary>
    private static string? WorkLine(ComparedBackend baseline, ComparedBackend other, double seconds)
    {
        long before = baseline.Fired;
        bool isAlike = Math.Abs(other.Fired - before) < Alike * Math.Max(before, 1);
        return isAlike
            ? null
            : $"{other.Name}'s guests had {Quantities.Count(other.Fired / seconds)} timers/s, {baseline.Name}'s {Quantities.Count(before / seconds)}: they did not do the same work";
    }

    private static string Change(VirtualDuration change, double seconds) =>
        change > VirtualDuration.Zero ? $"{PerSecond(change, seconds)} busier"
        : change < VirtualDuration.Zero
            ? $"{PerSecond(VirtualDuration.Zero - change, seconds)} less busy"
        : "as busy";

    private static string PerSecond(VirtualDuration span, double seconds) =>
        Shown(CriterionUnit.SpanPerSecond, span.Nanoseconds, seconds);

    private static string Shown(CriterionUnit unit, long? value, double seconds) =>
        unit switch
        {
            _ when value is null => Quantities.None,
            CriterionUnit.PerSecond => $"{Quantities.Count(value.Value / seconds)}/s",
            CriterionUnit.SpanPerSecond => $"{Quantities.Span(value.Value / seconds)}/s",
            _ => Quantities.Span(value.Value),
        };
}
