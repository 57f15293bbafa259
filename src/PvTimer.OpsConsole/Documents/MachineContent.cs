using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Looks;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.OpsConsole.Watching;

namespace PvTimer.OpsConsole.Documents;

/// <summary>The view "machine".</summary>
/// <param name="All">All hosts together.</param>
/// <param name="Hosts">Each of them, in the machine's order.</param>
public sealed record MachineContent(HostDocument All, ImmutableArray<HostDocument> Hosts)
{
    public static MachineContent? Of(Sample sample) =>
        sample.Look?.Look is not { Hosts.IsEmpty: false } look
            ? null
            : new MachineContent(
                HostDocument.Of(
                    HostLook.Sum(look.Hosts) with
                    {
                        Name = "all",
                    },
                    sample.Rates.All,
                    sample,
                    isDetailed: true
                ),
                [
                    .. look.Hosts.Select(host =>
                        HostDocument.Of(
                            host,
                            sample.Rates.Hosts.GetValueOrDefault(host.Name),
                            sample,
                            isDetailed: false
                        )
                    ),
                ]
            );
}

/// <summary>One host, or all together. Rates are by second of virtual time, and 0 when it stands still.</summary>
/// <param name="Name">"h3"; "all".</param>
/// <param name="Pcpus">How many.</param>
/// <param name="Vcpus">How many live there now.</param>
/// <param name="Armed">Deadlines that guests programmed.</param>
/// <param name="Fired">Timers delivered.</param>
/// <param name="Pending">Deadlines that wait.</param>
/// <param name="Overdue">Of these, those that are past.</param>
/// <param name="ExitsPerSecond">By reason, as perf prints them; null: cannot be said this time.</param>
/// <param name="FiredPerSecond">Timers; null: cannot be said this time.</param>
/// <param name="P50Ns">Of the lateness since the sample before; null: no timer fired.</param>
/// <param name="P99Ns">Likewise.</param>
/// <param name="TimerCpu">How busy the dedicated CPU was, 0 to 1; null: there is none.</param>
/// <param name="ScanNs">The kthread's time for one scan; null: none was begun.</param>
/// <param name="ScanIntervalNs">From scan to scan; null: none was begun.</param>
/// <param name="Busy">How busy all pCPUs were, 0 to 1.</param>
/// <param name="Runnable">Threads that wait in run queues.</param>
/// <param name="Detail">All, or one host that was asked for; else null.</param>
public sealed record HostDocument(
    string Name,
    int Pcpus,
    int Vcpus,
    long Armed,
    long Fired,
    long Pending,
    long Overdue,
    IReadOnlyDictionary<string, double>? ExitsPerSecond,
    double? FiredPerSecond,
    long? P50Ns,
    long? P99Ns,
    double? TimerCpu,
    long? ScanNs,
    long? ScanIntervalNs,
    double? Busy,
    int Runnable,
    HostDetailDocument? Detail
)
{
    internal const int Median = 5_000;
    internal const int Percentile99 = 9_900;

    internal static HostDocument Of(HostLook host, HostRates? rates, Sample sample, bool isDetailed)
    {
        // Virtual time stands still: that is known, and nothing happens.
        bool stands = sample.Rates.StandsStill;
        return new HostDocument(
            host.Name,
            host.Pcpus,
            host.Vcpus,
            host.Armed,
            host.Fired,
            host.Pending,
            host.Overdue,
            ExitsOf(host, rates, stands),
            rates?.FiredPerSecond ?? (stands ? 0 : null),
            LatenessOf(rates, Median),
            LatenessOf(rates, Percentile99),
            rates?.TimerCpuUtilisation ?? (stands && host.TimerCpu != CpuTime.None ? 0 : null),
            rates?.ScanTime?.Nanoseconds,
            rates?.ScanInterval?.Nanoseconds,
            rates?.BusyShare ?? (stands ? 0 : null),
            host.Threads.Runnable,
            isDetailed ? HostDetailDocument.Of(host, rates) : null
        );
    }

    private static Dictionary<string, double>? ExitsOf(
        HostLook host,
        HostRates? rates,
        bool stands
    ) =>
        rates is not null
            ? rates.ExitsPerSecond.ToDictionary(
                exit => exit.Name,
                exit => exit.PerSecond,
                StringComparer.Ordinal
            )
        : stands
            ? HostRates
                .ExitsOf(host)
                .ToDictionary(exit => exit.Name, _ => 0.0, StringComparer.Ordinal)
        : null;

    internal static long? LatenessOf(HostRates? rates, int permyriad) =>
        rates is { Lateness.Count: > 0 } ? rates.Lateness.Quantile(permyriad).Nanoseconds : null;
}

/// <summary>What one host, or all together, show over their line in a table.</summary>
/// <param name="Exits">By reason: how many, and how long they took.</param>
/// <param name="Lateness">Of every timer that has fired: the shortest span of each bucket, and how many.</param>
/// <param name="LatenessSince">Of those that fired since the sample before.</param>
/// <param name="Cpu">Where the pCPUs' time went.</param>
/// <param name="TimerCpu">Where the dedicated CPU's went.</param>
/// <param name="Scans">Begun.</param>
/// <param name="Ipis">Doorbells and guests' IPIs.</param>
/// <param name="PostedInterrupts">Timer interrupts that were posted.</param>
/// <param name="TimerMigrations">Armed timers that followed their vCPU.</param>
/// <param name="Threads">vCPU threads by state.</param>
public sealed record HostDetailDocument(
    ImmutableArray<ExitDocument> Exits,
    ImmutableArray<long[]> Lateness,
    ImmutableArray<long[]> LatenessSince,
    CpuDocument Cpu,
    CpuDocument TimerCpu,
    long Scans,
    long Ipis,
    long PostedInterrupts,
    long TimerMigrations,
    ThreadCounts Threads
)
{
    internal static HostDetailDocument Of(HostLook host, HostRates? rates) =>
        new(
            [
                .. HostRates
                    .ExitsOf(host)
                    .Select(exit => new ExitDocument(exit.Name, exit.Count, exit.Time)),
            ],
            BucketsOf(host.Lateness),
            BucketsOf(rates?.Lateness ?? QuarterOctaves.None),
            CpuDocument.Of(host.Cpu),
            CpuDocument.Of(host.TimerCpu),
            host.Scans,
            host.Ipis,
            host.PostedInterrupts,
            host.TimerMigrations,
            host.Threads
        );

    private static ImmutableArray<long[]> BucketsOf(QuarterOctaves spans) =>
        [
            .. spans.Buckets.Select(bucket =>
                new[] { QuarterOctaves.LeastOf(bucket.Bucket).Nanoseconds, bucket.Count }
            ),
        ];
}

/// <param name="Reason">As perf prints it.</param>
/// <param name="Count">How many.</param>
/// <param name="TimeNs">Summed.</param>
public sealed record ExitDocument(string Reason, long Count, VirtualDuration TimeNs);

/// <summary>Where time went.</summary>
public sealed record CpuDocument(
    VirtualDuration GuestNs,
    VirtualDuration ExitNs,
    VirtualDuration KthreadNs,
    VirtualDuration InterruptNs,
    VirtualDuration PollNs,
    VirtualDuration IdleNs
)
{
    internal static CpuDocument Of(CpuTime time) =>
        new(time.Guest, time.Exit, time.Kthread, time.Interrupt, time.Poll, time.Idle);
}
