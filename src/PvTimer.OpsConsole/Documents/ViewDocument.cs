using System;
using System.Collections.Immutable;
using System.Text.Json;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;

namespace PvTimer.OpsConsole.Documents;

/// <summary>What every view begins with: which run, how fresh, how much of it, and what looking costs.</summary>
/// <param name="View">Which view: cluster, machine, host, actor, timers, run.</param>
/// <param name="Subject">Host, actor: which one.</param>
/// <param name="Sample">Counts up; the same for all viewers.</param>
/// <param name="TakenAt">Wall time of the sample.</param>
/// <param name="Run">The run; null: the cluster has none.</param>
/// <param name="Coverage">How much of the machine has answered; null: the machine was not looked at.</param>
/// <param name="Rates">Since the sample before.</param>
/// <param name="Pulse">How late timers are now; null: the machine was not looked at.</param>
/// <param name="Cost">What looking costs.</param>
/// <param name="Content">What the view shows; null: there is nothing of it to see.</param>
public sealed record ViewDocument(
    ViewKind View,
    string Subject,
    long Sample,
    DateTimeOffset TakenAt,
    RunDocument? Run,
    CoverageDocument? Coverage,
    RatesDocument Rates,
    PulseDocument? Pulse,
    CostDocument Cost,
    object? Content
)
{
    /// <summary>The document of a view of a sample, as JSON.</summary>
    public static byte[] Write(View view, Sample sample)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(sample);
        return JsonSerializer.SerializeToUtf8Bytes(Of(view, sample), Json.Options);
    }

    private static ViewDocument Of(View view, Sample sample) =>
        new(
            view.Kind,
            view.Subject,
            sample.Number,
            sample.TakenAt,
            RunDocument.Of(sample),
            CoverageDocument.Of(sample),
            new RatesDocument(
                sample.Rates.EventsPerSecond,
                sample.Rates.WindowsPerSecond,
                sample.Rates.Speed
            ),
            PulseDocument.Of(sample),
            CostDocument.Of(sample),
            view.Kind switch
            {
                ViewKind.Cluster => ClusterContent.Of(sample),
                ViewKind.Machine => MachineContent.Of(sample),
                ViewKind.Host => HostContent.Of(sample, view.Subject),
                ViewKind.Actor => ActorContent.Of(sample, view.Subject),
                ViewKind.Timers => TimersContent.Of(sample),
                ViewKind.Run => RunContent.Of(sample),
                _ => throw new InvalidOperationException($"a view of {view.Kind}"),
            }
        );
}

/// <param name="Id">Its name in the cluster.</param>
/// <param name="Scenario">The scenario's name.</param>
/// <param name="ScenarioFile">Where the nodes read it.</param>
/// <param name="Backend">The back-end.</param>
/// <param name="Seed">The scenario's.</param>
/// <param name="Phase">waiting, forming, running, pausing, held, done, broken, stopped.</param>
/// <param name="What">Why it waits or what broke; null: nothing to say.</param>
/// <param name="ReachedNs">Virtual time.</param>
/// <param name="DurationNs">Where it ends.</param>
/// <param name="HoldAtNs">Where it stands still, or will; null: nowhere.</param>
/// <param name="NextNs">Where it stands still: its next event; null: not known.</param>
/// <param name="TraceHash">Of all that has happened, if it stands still or is done; null: not known.</param>
/// <param name="PaceNsPerSecond">Virtual time that may pass in a second; null: as much as can.</param>
/// <param name="Events">Handled.</param>
/// <param name="Windows">Of this formation.</param>
/// <param name="Epoch">The formation.</param>
public sealed record RunDocument(
    string Id,
    string? Scenario,
    string? ScenarioFile,
    string? Backend,
    ulong? Seed,
    RunPhase Phase,
    string? What,
    long ReachedNs,
    long? DurationNs,
    long? HoldAtNs,
    long? NextNs,
    string? TraceHash,
    long? PaceNsPerSecond,
    long Events,
    long Windows,
    long Epoch
)
{
    public static RunDocument? Of(Sample sample) =>
        sample.Cluster.Run is not { } run
            ? null
            : new RunDocument(
                run.Id,
                sample.Cluster.Vitals?.Scenario,
                sample.Cluster.Vitals?.ScenarioFile,
                sample.Cluster.Vitals?.Backend,
                sample.Cluster.Vitals?.Seed,
                run.Phase,
                run.What,
                run.ReachedNanoseconds,
                sample.Cluster.Vitals?.DurationNanoseconds,
                run.HoldAtNanoseconds,
                run.NextNanoseconds,
                sample.Look?.TraceHash,
                sample.Cluster.Vitals?.NanosecondsPerSecond,
                run.Events,
                run.Rounds,
                run.Epoch
            );
}

/// <param name="AtNs">The barrier that is shown.</param>
/// <param name="Seen">Regions that have answered.</param>
/// <param name="Regions">All of them.</param>
/// <param name="Missing">Nodes that have not.</param>
/// <param name="AgeMs">How old what is shown is.</param>
public sealed record CoverageDocument(
    long? AtNs,
    int Seen,
    int Regions,
    ImmutableArray<string> Missing,
    long AgeMs
)
{
    public static CoverageDocument? Of(Sample sample) =>
        sample.Look is not { } look
            ? null
            : new CoverageDocument(
                look.Look?.At.Nanoseconds,
                look.Seen,
                look.Regions,
                look.Missing,
                look.AgeMilliseconds
            );
}

/// <param name="EventsPerSecond">Of wall time.</param>
/// <param name="WindowsPerSecond">Of wall time.</param>
/// <param name="Speed">Seconds of virtual time in a second.</param>
public sealed record RatesDocument(double EventsPerSecond, double WindowsPerSecond, double Speed);

/// <param name="Viewers">Who look on.</param>
/// <param name="AskedMs">How long the cluster took to answer.</param>
/// <param name="StoodMs">How long virtual time stood still for it.</param>
public sealed record CostDocument(int Viewers, double AskedMs, double StoodMs)
{
    public static CostDocument Of(Sample sample) =>
        new(sample.Viewers, sample.Took.TotalMilliseconds, sample.Look?.StoodMilliseconds ?? 0);
}

/// <summary>How late timers are, of all hosts together: the same in every view that looks at the machine.</summary>
/// <param name="AtNs">The barrier.</param>
/// <param name="FiredPerSecond">Timers, by second of virtual time since the sample before; null: cannot be said this time.</param>
/// <param name="P50Ns">Of the lateness since the sample before; null: no timer fired.</param>
/// <param name="P99Ns">Likewise.</param>
public sealed record PulseDocument(long AtNs, double? FiredPerSecond, long? P50Ns, long? P99Ns)
{
    public static PulseDocument? Of(Sample sample) =>
        sample.Look?.Look is not { } look
            ? null
            : new PulseDocument(
                look.At.Nanoseconds,
                sample.Rates.All?.FiredPerSecond ?? (sample.Rates.StandsStill ? 0 : null),
                HostDocument.LatenessOf(sample.Rates.All, HostDocument.Median),
                HostDocument.LatenessOf(sample.Rates.All, HostDocument.Percentile99)
            );
}

/// <summary>The view "run".</summary>
/// <param name="Windows">How its windows and checkpoints do; null: none has formed.</param>
/// <param name="History">What has happened to it, the last lines.</param>
public sealed record RunContent(WindowsDocument? Windows, ImmutableArray<string> History)
{
    public static RunContent? Of(Sample sample) =>
        sample.Cluster.Run is not { } run
            ? null
            : new RunContent(
                sample.Cluster.Vitals is { } vitals ? WindowsDocument.Of(vitals) : null,
                ClusterContent.LastOf(run.History)
            );
}
