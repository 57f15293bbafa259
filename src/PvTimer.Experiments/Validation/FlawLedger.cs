using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Validation;

/// <summary>What a flaw's scenario comes to, with the flaw or without it.</summary>
/// <param name="Figure">The flaw's own figure with its unit: "1 early", or "trace 26a8df06".</param>
/// <param name="Timers">What became of the guests' timers.</param>
/// <param name="TimerExits">Exits that a timer caused.</param>
/// <param name="Lateness">Of all fired timers.</param>
public sealed record FlawRun(
    string Figure,
    TimerCounts Timers,
    long TimerExits,
    ExactDistribution Lateness
)
{
    /// <summary>Deadlines that the guest had given up, replaced or disarmed, when its scenario ended.</summary>
    public long GivenUp => Timers.Replaced + Timers.Cancelled;

    /// <summary>So many of a million timers; null: there was none.</summary>
    public long? PerMillion(long count) =>
        Timers.Armed == 0
            ? null
            : (long)Math.Round(1e6 * count / Timers.Armed, MidpointRounding.AwayFromZero);
}

/// <summary>A flaw beside its correction.</summary>
/// <param name="Flaw">Which.</param>
/// <param name="Posted">Its scenario, with it.</param>
/// <param name="Fixed">The same without it.</param>
public sealed record FlawEntry(Flaw Flaw, FlawRun Posted, FlawRun Fixed)
{
    /// <summary>Per million timers: interrupts before their deadline.</summary>
    public long? Early => Posted.PerMillion(Posted.Timers.Early);

    /// <summary>Per million timers: no interrupt at all.</summary>
    public long? Lost => Posted.PerMillion(Posted.Timers.Lost);

    /// <summary>Per million timers: later than the latest one without the flaw.</summary>
    public long? Late
    {
        get
        {
            VirtualDuration? latest = Figures.Quantile(Fixed.Lateness, 10_000);
            return latest is not { } bound
                ? null
                : Posted.PerMillion(
                    Posted
                        .Lateness.Ascending()
                        .Where(each => each.Span > bound)
                        .Sum(each => each.Count)
                );
        }
    }

    /// <summary>Per million timers: the guest had given it up, and its interrupt came all the same.</summary>
    public long? Unexpected => Fixed.PerMillion(Fixed.GivenUp) - Posted.PerMillion(Posted.GivenUp);

    /// <summary>Per million timers: exits more than without the flaw; negative: fewer.</summary>
    public long? ExtraExits =>
        Posted.PerMillion(Posted.TimerExits) - Fixed.PerMillion(Fixed.TimerExits);
}

/// <summary>The ledger of what the series gets wrong: each flaw in the smallest scenario that shows it, and without it.</summary>
public static class FlawLedger
{
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ImmutableArray<FlawEntry> Of(CancellationToken stop) =>
        [.. Flaw.All.Select(flaw => Of(flaw, stop))];

    /// <inheritdoc cref="Of(CancellationToken)"/>
    public static FlawEntry Of(Flaw flaw, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(flaw);
        return new FlawEntry(flaw, Run(flaw, stop), Run(flaw, stop, flaw.Correction));
    }

    private static FlawRun Run(Flaw flaw, CancellationToken stop, params string[] sets)
    {
        Scenario scenario = ShippedScenarios.Read(flaw.Scenario, sets);
        ExperimentResult result = Experiment.Run(
            scenario,
            EngineKind.Sequential,
            1,
            (_, _) => !stop.IsCancellationRequested
        );
        stop.ThrowIfCancellationRequested();
        BackendResult backend = result.Backends.Single();
        return new FlawRun(
            FigureOf(flaw, SummaryDocument.Of(backend, scenario)),
            backend.Report.Timers,
            backend.Report.TimerExits,
            backend.Report.Lateness
        );
    }

    private static string FigureOf(Flaw flaw, JsonObject summary)
    {
        JsonNode at = summary;
        foreach (string key in flaw.Figure.Split('/'))
        {
            at = at[key]!;
        }
        return $"{((long)at).ToString("#,0", Spaced)} {flaw.Unit}";
    }

    private static NumberFormatInfo Spaced { get; } = new() { NumberGroupSeparator = " " };
}
