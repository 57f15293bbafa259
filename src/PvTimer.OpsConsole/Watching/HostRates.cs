using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Writers;
using PvTimer.Model.Looks;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.OpsConsole.Watching;

/// <summary>What happened on one host between two looks, by second of virtual time.</summary>
/// <param name="ExitsPerSecond">By name, as perf prints it.</param>
/// <param name="FiredPerSecond">Timers delivered.</param>
/// <param name="Lateness">Of these.</param>
/// <param name="TimerCpuUtilisation">How much of its time the dedicated CPU was busy, 0 to 1; null: there is none.</param>
/// <param name="ScanTime">The kthread's time for one scan, on average; null: none was begun.</param>
/// <param name="ScanInterval">From one scan to the next, on average; null: none was begun.</param>
/// <param name="BusyShare">How much of their time all pCPUs were not idle, 0 to 1.</param>
public sealed record HostRates(
    ImmutableArray<(string Name, double PerSecond)> ExitsPerSecond,
    double FiredPerSecond,
    QuarterOctaves Lateness,
    double? TimerCpuUtilisation,
    VirtualDuration? ScanTime,
    VirtualDuration? ScanInterval,
    double BusyShare
)
{
    /// <summary>Neither VMs nor nodes have come or gone in between.</summary>
    public static bool AreComparable(HostLook before, HostLook now)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(now);
        return (before.Pcpus, before.Vcpus, before.Arrivals) == (now.Pcpus, now.Vcpus, now.Arrivals)
            && before.Fired <= now.Fired;
    }

    /// <param name="before">The earlier look.</param>
    /// <param name="now">The later one.</param>
    /// <param name="span">Virtual time between them; positive.</param>
    public static HostRates Between(HostLook before, HostLook now, VirtualDuration span)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(now);
        double seconds = span.Nanoseconds / 1e9;
        long scans = now.Scans - before.Scans;
        VirtualDuration all = now.Cpu.Total - before.Cpu.Total;
        VirtualDuration ofTimerCpu = now.TimerCpu.Total - before.TimerCpu.Total;
        return new HostRates(
            [
                .. ExitsOf(now)
                    .Select(exit =>
                        (exit.Name, (exit.Count - CountOf(before, exit.Name)) / seconds)
                    ),
            ],
            (now.Fired - before.Fired) / seconds,
            now.Lateness.Since(before.Lateness),
            ofTimerCpu > VirtualDuration.Zero
                ? Share(now.TimerCpu.Busy - before.TimerCpu.Busy, ofTimerCpu)
                : null,
            scans > 0 ? Each(now.TimerCpu.Kthread - before.TimerCpu.Kthread, scans) : null,
            scans > 0 ? Each(span, scans) : null,
            all > VirtualDuration.Zero ? Share(now.Cpu.Busy - before.Cpu.Busy, all) : 0
        );
    }

    /// <summary>One for each name.</summary>
    public static IEnumerable<(string Name, long Count, VirtualDuration Time)> ExitsOf(
        HostLook host
    ) =>
        host
            .Exits.GroupBy(
                exit => VmExitReasonNames.NameOf(exit.Reason, exit.Names),
                StringComparer.Ordinal
            )
            .Select(exits =>
                (
                    exits.Key,
                    exits.Sum(exit => exit.Count),
                    exits.Aggregate(VirtualDuration.Zero, (sum, exit) => sum + exit.Time)
                )
            );

    private static long CountOf(HostLook host, string name) =>
        ExitsOf(host).Where(exit => exit.Name == name).Sum(exit => exit.Count);

    private static double Share(VirtualDuration part, VirtualDuration whole) =>
        (double)part.Nanoseconds / whole.Nanoseconds;

    private static VirtualDuration Each(VirtualDuration sum, long count) =>
        VirtualDuration.FromNanoseconds(sum.Nanoseconds / count);
}
