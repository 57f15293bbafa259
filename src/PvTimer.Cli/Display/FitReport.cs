using System.Collections.Generic;
using System.Globalization;
using System.IO;
using PvTimer.Experiments;
using PvTimer.Formats.Lateness;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Costs;

namespace PvTimer.Cli.Display;

/// <summary>
/// The fitted keys of a cost profile, ready to be pasted; how they were found stands above them as comments.
/// </summary>
internal static class FitReport
{
    public static string Of(
        IReadOnlyList<RecordedGuest> guests,
        CostProfile profile,
        VirtualDuration haltPoll
    )
    {
        LatenessFit fit = LatenessFit.Of(guests, profile, haltPoll);
        using StringWriter text = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        text.WriteLine(
            $"# Fitted to recorded lateness, fixed costs of profile {profile.Name}, halt-poll"
        );
        text.WriteLine(
            $"# {Quantities.Span(haltPoll.Nanoseconds)}. timer-interrupt: quantiles of polled wake-ups less their fixed"
        );
        text.WriteLine(
            "# costs; idle-states: quantiles of blocked wake-ups less fixed costs and the median"
        );
        text.WriteLine(
            "# timer-interrupt. Running interrupts are not fitted to, they are a check."
        );
        text.WriteLine("#");
        text.WriteLine(
            "#   found       idle from      count   recorded p50 / p99         predicted p50 / p99        KS"
        );
        foreach (LatenessCheck check in fit.Check(guests))
        {
            text.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"#   {check.Class.Path, -10}  {Quantities.Span(check.Class.From.Nanoseconds), -10} {check.Class.Count, 9}   {Pair(check.Class.Recorded), -24}   {Pair(check.Predicted), -24}   {check.Distance:0.000}"
                )
            );
        }
        text.Write(CostProfileWriter.WriteTables(fit.Profile));
        return text.ToString();
    }

    private static string Pair(ExactDistribution lateness) =>
        $"{Quantities.Span(lateness.Quantile(5_000).Nanoseconds)} / {Quantities.Span(lateness.Quantile(9_900).Nanoseconds)}";
}
