using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Vmx;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Sweeps;

/// <summary>
/// A number of a run as people name it, and how it is read off a result: as thresholds name it ("lateness.p99"), as a
/// criterion of the verdict ("exits", "cpu_with_polling"), or "cpu": CPUs that are busy, polling included.
/// </summary>
/// <param name="Name">As it is written in results.</param>
/// <param name="IsSpan">It is nanoseconds of virtual time.</param>
public sealed record MetricName(string Name, bool IsSpan)
{
    internal const string Verdict = "verdict.";
    internal const string Duration = "duration_ns";
    private const string Cpu = "cpu";
    private const string BusyCpu = Verdict + "cpu_with_polling";

    /// <summary>Those that a table of a sweep shows, and its summary has intervals of.</summary>
    public static ImmutableArray<MetricName> Main { get; } =
    [
        new(Verdict + "exits", IsSpan: false),
        new(Verdict + "cpu_without_polling", IsSpan: true),
        new(Verdict + "cpu_with_polling", IsSpan: true),
        new(Verdict + "lateness_p50", IsSpan: true),
        new(Verdict + "lateness_p99", IsSpan: true),
        new("lateness_ns.p99_9", IsSpan: true),
        new("lateness_ns.max", IsSpan: true),
        new("timer_exits_per_fired", IsSpan: false),
        new("timer_cpu.utilisation", IsSpan: false),
    ];

    /// <summary>The number of a result; null: it has none.</summary>
    public double? Of(PointResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Name == Cpu ? result.Find(BusyCpu) / result.Find(Duration) : result.Find(Name);
    }

    /// <param name="names">Whose names exits have.</param>
    /// <param name="text">As people write it.</param>
    /// <returns>Null: there is none of that name.</returns>
    public static MetricName? Parse(ImmutableArray<ExitNames> names, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == Cpu)
        {
            return new MetricName(Cpu, IsSpan: false);
        }
        string criterion = Verdict + text.Replace('-', '_');
        return Main.FirstOrDefault(each => each.Name == criterion || each.Name == text)
            ?? (
                Threshold.FindMetric(names, text) is { } metric
                    ? new MetricName(metric, Threshold.MetricsOf(names)[metric])
                    : null
            );
    }
}
