using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Timers;
using PvTimer.Model.Vmx;

namespace PvTimer.Scenarios;

/// <summary>How a threshold compares.</summary>
public enum Comparison
{
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

/// <summary>A promise about a number of the summary, checked after the run.</summary>
/// <param name="Backend">The back-end it is about.</param>
/// <param name="Metric">One of <see cref="MetricsOf"/>: a path below the back-end in summary.json.</param>
/// <param name="Comparison">How the number is compared with the bound.</param>
/// <param name="Bound">Nanoseconds if the metric is a span.</param>
/// <param name="Path">As it was written: "pvtimer.lateness.p99".</param>
/// <param name="Condition">As it was written: "&lt; 50us".</param>
public sealed record Threshold(
    TimerBackend Backend,
    string Metric,
    Comparison Comparison,
    decimal Bound,
    string Path,
    string Condition
)
{
    private static readonly string[] TimerCounts =
    [
        "armed",
        "fired",
        "replaced",
        "cancelled",
        "pending",
        "lost",
        "early",
    ];

    private static readonly string[] Quantiles =
    [
        "min",
        "p50",
        "p90",
        "p99",
        "p99_9",
        "max",
        "mean",
    ];

    /// <summary>Writes of MSRs first.</summary>
    private static readonly string[] VmxExits =
    [
        "MSR_WRITE",
        "HLT",
        "EXTERNAL_INTERRUPT",
        "PREEMPTION_TIMER",
    ];

    private static readonly string[] SvmExits = ["msr", "hlt", "interrupt"];

    private static readonly string[] ReplayCounts =
    [
        "interrupts",
        "unmatched",
        "at_recorded_time",
        "remaining",
        "deadlines",
        "programmed",
        "not_reached",
        "broken_waits",
    ];

    private static readonly string[] Uses =
    [
        "guest",
        "exit",
        "kthread",
        "interrupt",
        "poll",
        "idle",
    ];

    private static readonly Dictionary<string, bool> VmxMetrics = MetricsWith(VmxExits);

    private static readonly Dictionary<string, bool> SvmMetrics = MetricsWith(SvmExits);

    private static readonly Dictionary<string, bool> MixedMetrics = VmxMetrics
        .Union(SvmMetrics)
        .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);

    /// <summary>The number is a span.</summary>
    public bool IsSpan => MixedMetrics[Metric];

    /// <summary>Paths below a back-end in summary.json that a threshold may name; true: the number is a span.</summary>
    /// <param name="names">Whose names the exits of its VMs have.</param>
    public static IReadOnlyDictionary<string, bool> MetricsOf(ImmutableArray<ExitNames> names) =>
        names.Length > 1 ? MixedMetrics
        : names.Contains(ExitNames.Svm) ? SvmMetrics
        : VmxMetrics;

    private static Dictionary<string, bool> MetricsWith(string[] exits) =>
        Counts(exits)
            .Select(metric => (Metric: metric, Span: false))
            .Concat(Spans(exits).Select(metric => (Metric: metric, Span: true)))
            .ToDictionary(pair => pair.Metric, pair => pair.Span, StringComparer.Ordinal);

    /// <summary>
    /// A metric by the name a scenario gives it: "-" stands for "_", the suffix "_ns" may be left out, and
    /// p99.9 may have its dot. Null if there is none of that name.
    /// </summary>
    public static string? FindMetric(ImmutableArray<ExitNames> names, string name)
    {
        string wanted = Plain(name);
        return MetricsOf(names).Keys.FirstOrDefault(metric => Plain(metric) == wanted);
    }

    public bool Holds(decimal value) =>
        Comparison switch
        {
            Comparison.Less => value < Bound,
            Comparison.LessOrEqual => value <= Bound,
            Comparison.Greater => value > Bound,
            Comparison.GreaterOrEqual => value >= Bound,
            Comparison.Equal => value == Bound,
            _ => value != Bound,
        };

    /// <summary>Reads "&lt; 50us", "= 0"; false if it is no such thing.</summary>
    public static bool TryParseCondition(
        string text,
        bool span,
        out Comparison comparison,
        out decimal bound
    )
    {
        string trimmed = text.Trim();
        (string sign, comparison) = trimmed switch
        {
            ['<', '=', ..] => ("<=", Comparison.LessOrEqual),
            ['>', '=', ..] => (">=", Comparison.GreaterOrEqual),
            ['!', '=', ..] => ("!=", Comparison.NotEqual),
            ['<', ..] => ("<", Comparison.Less),
            ['>', ..] => (">", Comparison.Greater),
            ['=', ..] => ("=", Comparison.Equal),
            _ => ("", Comparison.Equal),
        };
        string value = trimmed[sign.Length..].Trim();
        bound = 0;
        if (sign.Length == 0)
        {
            return false;
        }
        if (!span)
        {
            return decimal.TryParse(
                value,
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out bound
            );
        }
        bool read = Units.TryParseSpan(value, out Model.Time.VirtualDuration limit);
        bound = limit.Nanoseconds;
        return read;
    }

    private static string Plain(string name) =>
        name.Replace("p99.9", "p99_9", StringComparison.Ordinal)
            .Replace('-', '_')
            .Replace("_ns", "", StringComparison.Ordinal)
            .ToUpperInvariant();

    private static IEnumerable<string> Counts(string[] exits) =>
        [
            .. TimerCounts.Select(count => $"timers.{count}"),
            .. exits.Select(exit => $"exits.{exit}.count"),
            $"exits.{exits[0]}.by_msr.6e0",
            $"exits.{exits[0]}.by_msr.830",
            "events",
            "deadline_writes",
            "timer_exits",
            "timer_exits_per_fired",
            "lateness_ns.count",
            "ipis",
            "posted_interrupts",
            "page_updates",
            "scans",
            "timer_migrations",
            "timer_cpu.utilisation",
            "recorded.ks_distance",
            .. ReplayCounts.Select(count => $"replay.{count}"),
        ];

    private static IEnumerable<string> Spans(string[] exits) =>
        [
            .. Quantiles.Select(quantile => $"lateness_ns.{quantile}"),
            .. Quantiles.Select(quantile => $"recorded.lateness_ns.{quantile}"),
            .. exits.SelectMany(exit =>
                new[]
                {
                    $"exits.{exit}.time_ns",
                    $"exits.{exit}.min_ns",
                    $"exits.{exit}.max_ns",
                    $"exits.{exit}.mean_ns",
                }
            ),
            .. Uses.Select(use => $"cpu_ns.{use}"),
            "steal_ns",
            "throttled_ns",
            "requests_dropped",
            "timer_cpu.busy_ns",
        ];
}
