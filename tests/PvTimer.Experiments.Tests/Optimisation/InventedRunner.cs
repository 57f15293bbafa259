using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Threading;
using PvTimer.Experiments.Sweeps;
using PvTimer.Sharding.Sweeps;

namespace PvTimer.Experiments.Tests.Optimisation;

/// <summary>Runs nothing: the numbers are a function of the scan period, the padding, the seed and the back-end.</summary>
/// <param name="lateness">p99 of lateness [ns], by scan period [us], padding [cycles], seed, back-end.</param>
/// <param name="cpu">Busy CPUs, likewise.</param>
internal sealed partial class InventedRunner(
    Func<Invented, double> lateness,
    Func<Invented, double> cpu
) : IPointRunner
{
    private const long Duration = 1_000_000_000;

    public int Runs { get; private set; }

    public void Run(
        IEnumerable<PointOrder> orders,
        Action<PointOutcome> finished,
        CancellationToken stop
    )
    {
        foreach (PointOrder order in orders)
        {
            Runs++;
            Invented point = new(
                Number(ScanPeriod().Match(order.Scenario)),
                Number(Padding().Match(order.Scenario)),
                ulong.Parse(
                    Seed().Match(order.Scenario).Groups["n"].Value,
                    CultureInfo.InvariantCulture
                ),
                order.Backend
            );
            string late = Text(lateness(point));
            string busy = Text(cpu(point) * Duration);
            finished(
                new PointOutcome(
                    order.Hash,
                    $$"""
                    { "schema": 1, "hash": "{{order.Hash}}", "backend": "{{order.Backend}}", "seed": {{point.Seed}},
                      "trace_hash": "", "metrics": { "lateness_ns.p99": {{late}}, "verdict.cpu_with_polling": {{busy}},
                      "duration_ns": {{Duration}} } }
                    """,
                    Failure: null
                )
            );
        }
    }

    private static double Number(Match match) =>
        double.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"scan-period = (?<n>[0-9]+)us", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ScanPeriod();

    [GeneratedRegex(@"padding = (?<n>[0-9]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Padding();

    [GeneratedRegex(@"\n  seed = (?<n>[0-9]+)\n", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Seed();
}

/// <param name="Scan">Scan period [us].</param>
/// <param name="Padding">Padding [cycles].</param>
/// <param name="Seed">The run's.</param>
/// <param name="Backend">The back-end's name.</param>
internal sealed record Invented(double Scan, double Padding, ulong Seed, string Backend)
{
    /// <summary>Between 0 and 1, another one for each point and seed.</summary>
    public double Noise
    {
        get
        {
            ulong mixed = (Seed >> 1) + (ulong)Scan + ((ulong)Padding * 7919);
            mixed = unchecked(mixed * 0x9E3779B97F4A7C15UL); // reason: a hash
            mixed ^= mixed >> 29;
            mixed = unchecked(mixed * 0xBF58476D1CE4E5B9UL); // reason: a hash
            return (mixed >> 11) * (1.0 / (1UL << 53));
        }
    }
}
