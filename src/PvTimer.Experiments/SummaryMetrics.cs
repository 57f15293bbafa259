using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>Numbers of summary.json by the names that thresholds have for them.</summary>
internal static class SummaryMetrics
{
    /// <param name="summary">A back-end's part of summary.json.</param>
    /// <param name="metric">One of <see cref="Threshold.MetricsOf"/>.</param>
    /// <returns>Nanoseconds if it is a span; null: the run has no such value.</returns>
    public static decimal? ValueOf(JsonObject summary, string metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        JsonNode? node = summary;
        foreach (string key in metric.Split('.'))
        {
            node = node?[key];
        }
        return node is null
            ? null
            : decimal.Parse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    /// <summary>All numbers of a back-end's run that a threshold may name, in a fixed order.</summary>
    public static IReadOnlyList<MetricValue> Of(BackendResult result, Scenario scenario)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(scenario);
        JsonObject summary = SummaryDocument.Of(result, scenario);
        return
        [
            .. Threshold
                .MetricsOf(scenario.ExitNamesOn(result.Backend))
                .Select(metric => (metric.Key, metric.Value, Number: ValueOf(summary, metric.Key)))
                .Where(metric => metric.Number is not null)
                .Select(metric => new MetricValue(metric.Key, metric.Value, metric.Number!.Value)),
        ];
    }
}

/// <param name="Metric">One of <see cref="Threshold.MetricsOf"/>.</param>
/// <param name="IsSpan">It is a span of time.</param>
/// <param name="Value">Nanoseconds if it is a span.</param>
internal sealed record MetricValue(string Metric, bool IsSpan, decimal Value);
