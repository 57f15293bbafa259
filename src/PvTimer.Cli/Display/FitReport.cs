using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Formats.Lateness;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;

namespace PvTimer.Cli.Display;

/// <summary>What a fit found, class by class, as comments that may stand above the profile.</summary>
internal static class FitReport
{
    /// <param name="fit">What was fitted.</param>
    /// <param name="guests">To what.</param>
    /// <param name="kept">The profile that everything else was taken from.</param>
    public static string Of(LatenessFit fit, IReadOnlyList<RecordedGuest> guests, string kept)
    {
        using StringWriter text = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        text.WriteLine(
            $"# Replay with host.halt-poll = {Quantities.Span(fit.HaltPoll.Nanoseconds).Replace(" ", "", StringComparison.Ordinal)}."
        );
        text.WriteLine(
            $"# Fitted: {Listed(fit.Identified.Select(Name).Concat(fit.IdentifiesNoise ? ["noise"] : []))}."
        );
        text.WriteLine(
            $"# Not identified by these recordings: {Listed(fit.Unidentified.Select(Name).Concat(fit.IdentifiesNoise ? [] : ["noise"]))}; kept from {kept}"
        );
        text.WriteLine("# (of running: as the next shorter stay), like all fixed costs.");
        long waiting = fit.Classes.Single(each => each.Path == LatenessPath.KeptWaiting).Count;
        text.WriteLine(
            $"# Not used: {Quantities.Count(waiting)} interrupts that the guest kept waiting or armed too late."
        );
        text.WriteLine("#");
        text.Write(Table(fit, guests));
        return text.ToString();
    }

    /// <summary>How well the profile predicts recordings, class by class.</summary>
    public static string Table(LatenessFit fit, IEnumerable<RecordedGuest> guests)
    {
        using StringWriter text = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        text.WriteLine(
            "#   found                      count   recorded p50 / p99         predicted p50 / p99        KS"
        );
        foreach (LatenessCheck check in fit.Check(guests))
        {
            string identified = fit.Identified.Any(each => IsSame(each, check.Class))
                ? ""
                : "  not fitted";
            text.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"#   {Name(check.Class), -20} {check.Class.Count, 11}   {Pair(check.Class.Recorded), -24}   {Pair(check.Predicted), -24}   {check.Distance:0.000}{identified}"
                )
            );
        }
        return text.ToString();
    }

    /// <summary>"running from 250 us", "polled".</summary>
    public static string Name(LatenessClass each)
    {
        string path = each.Path.ToString().ToLowerInvariant();
        return each.Path == LatenessPath.Polled
            ? path
            : $"{path} from {(each.From.Nanoseconds == 0 ? "0" : Quantities.Span(each.From.Nanoseconds))}";
    }

    private static string Listed(IEnumerable<string> names)
    {
        string listed = string.Join(", ", names);
        return listed.Length > 0 ? listed : "nothing";
    }

    private static bool IsSame(LatenessClass one, LatenessClass other) =>
        one.Path == other.Path && one.From == other.From;

    private static string Pair(ExactDistribution lateness) =>
        $"{Quantities.Span(lateness.Quantile(5_000).Nanoseconds)} / {Quantities.Span(lateness.Quantile(9_900).Nanoseconds)}";
}
