using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Explain;

/// <summary>
/// Of all timers of a run how much of their lateness each cause has, at quantiles of the lateness. The timers of a
/// quantile are those that are at most 3 % earlier or later; of the maximum it is the latest one alone.
/// </summary>
/// <param name="Timers">Timers that fired.</param>
/// <param name="Quantiles">p50, p90, p99, p99.9, max; empty if no timer fired.</param>
/// <param name="Mean">Over all timers; null if none fired.</param>
public sealed record LatenessBreakdown(
    long Timers,
    ImmutableArray<QuantileBreakdown> Quantiles,
    QuantileBreakdown? Mean
)
{
    private static readonly (string Name, int Permyriad)[] Named =
    [
        ("p50", 5_000),
        ("p90", 9_000),
        ("p99", 9_900),
        ("p99.9", 9_990),
    ];

    internal static LatenessBreakdown Of(
        LatenessTally tally,
        ExactDistribution lateness,
        FiredCauses? latest
    )
    {
        if (tally.Timers == 0)
        {
            return new LatenessBreakdown(0, [], null);
        }
        LatenessTally.Class all = tally.Total();
        VirtualDuration mean = VirtualDuration.FromNanoseconds(all.Sums.Sum() / all.Timers);
        return new LatenessBreakdown(
            tally.Timers,
            [
                .. Named.Select(quantile =>
                    QuantileBreakdown.Of(
                        quantile.Name,
                        lateness.Quantile(quantile.Permyriad),
                        tally.AtRank(((tally.Timers * quantile.Permyriad) + 9_999) / 10_000)
                    )
                ),
                .. latest is { } one
                    ? [QuantileBreakdown.Of("max", one.Lateness, one.Causes, timers: 1)]
                    : Enumerable.Empty<QuantileBreakdown>(),
            ],
            QuantileBreakdown.Of("mean", mean, all)
        );
    }
}

/// <summary>The causes of the timers at one quantile.</summary>
/// <param name="Name">"p99".</param>
/// <param name="Lateness">The quantile itself.</param>
/// <param name="Timers">How many timers the sums are over; at least 1.</param>
/// <param name="Causes">Causes that these timers have, in the order of a timer's life.</param>
public sealed record QuantileBreakdown(
    string Name,
    VirtualDuration Lateness,
    long Timers,
    ImmutableArray<CauseSum> Causes
)
{
    internal static QuantileBreakdown Of(
        string name,
        VirtualDuration lateness,
        LatenessTally.Class of
    ) => Of(name, lateness, of.Sums, of.Timers);

    internal static QuantileBreakdown Of(
        string name,
        VirtualDuration lateness,
        long[] sums,
        long timers
    ) =>
        new(
            name,
            lateness,
            timers,
            [
                .. CauseNames
                    .All.Where(cause => sums[(int)cause] != 0)
                    .Select(cause => new CauseSum(
                        cause,
                        VirtualDuration.FromNanoseconds(sums[(int)cause]),
                        timers
                    )),
            ]
        );
}

/// <param name="Cause">What for.</param>
/// <param name="Sum">Over these timers.</param>
/// <param name="Timers">How many.</param>
public sealed record CauseSum(LatenessCause Cause, VirtualDuration Sum, long Timers)
{
    /// <summary>Nanoseconds of a timer on average.</summary>
    public double MeanNanoseconds => (double)Sum.Nanoseconds / Timers;
}

/// <summary>The causes of one timer, by <see cref="LatenessCause"/>.</summary>
internal sealed record FiredCauses(VirtualDuration Lateness, long[] Causes);
