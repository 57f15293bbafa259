using System.Globalization;
using System.Text.Json.Nodes;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>A threshold after the run.</summary>
/// <param name="Threshold">What was promised.</param>
/// <param name="Value">The number; nanoseconds if it is a span.</param>
/// <param name="Holds">Whether the promise was kept.</param>
public sealed record ThresholdVerdict(Threshold Threshold, decimal Value, bool Holds)
{
    /// <param name="threshold">The promise.</param>
    /// <param name="summary">The back-end's part of summary.json; what is not in it counts as 0.</param>
    public static ThresholdVerdict Of(Threshold threshold, JsonObject summary)
    {
        JsonNode? node = summary;
        foreach (string key in threshold.Metric.Split('.'))
        {
            node = node?[key];
        }
        decimal value = node is null
            ? 0
            : decimal.Parse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
        return new ThresholdVerdict(threshold, value, threshold.Holds(value));
    }

    /// <summary>"pvtimer.lateness.p99 = 13.1us, promised &lt; 50us".</summary>
    public override string ToString()
    {
        string value = Threshold.Metrics[Threshold.Metric]
            ? Quantities.Span((double)Value)
            : Value.ToString(CultureInfo.InvariantCulture);
        return $"{Threshold.Path} = {value}, promised {Threshold.Condition}";
    }
}
