using System.Globalization;
using System.Text.Json.Nodes;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>A threshold after the run.</summary>
/// <param name="Threshold">What was promised.</param>
/// <param name="Value">The number; nanoseconds if it is a span; null: the run has no such value.</param>
/// <param name="Holds">Whether the promise was kept; never without a value.</param>
public sealed record ThresholdVerdict(Threshold Threshold, decimal? Value, bool Holds)
{
    /// <param name="threshold">The promise.</param>
    /// <param name="summary">The back-end's part of summary.json; what is not in it is no value.</param>
    public static ThresholdVerdict Of(Threshold threshold, JsonObject summary)
    {
        decimal? value = SummaryMetrics.ValueOf(summary, threshold.Metric);
        return new ThresholdVerdict(threshold, value, value is { } known && threshold.Holds(known));
    }

    /// <summary>The number with its unit: "13.1 us"; "none" without a value.</summary>
    public string Found =>
        Value switch
        {
            null => Quantities.None,
            { } span when Threshold.IsSpan => Quantities.Span((double)span),
            { } number => number.ToString(CultureInfo.InvariantCulture),
        };

    /// <summary>"pvtimer.lateness.p99 = 13.1 us, promised &lt; 50us"; "= none" without a value.</summary>
    public override string ToString() =>
        $"{Threshold.Path} = {Found}, promised {Threshold.Condition}";
}
