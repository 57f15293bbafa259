using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Looks;
using PvTimer.Model.Time;
using PvTimer.OpsConsole.Watching;

namespace PvTimer.OpsConsole.Documents;

/// <summary>The view "host".</summary>
/// <param name="Host">Its line, with the detail.</param>
/// <param name="Node">Where its cells live, by cell.</param>
/// <param name="Pcpus">In the machine's order.</param>
/// <param name="Vcpus">Likewise.</param>
/// <param name="Kthread">pvtimer's kthread; null: it has none.</param>
/// <param name="Timers">Its pending timers, the earliest.</param>
public sealed record HostContent(
    HostDocument Host,
    ImmutableArray<ShardDocument> Node,
    ImmutableArray<PcpuDocument> Pcpus,
    ImmutableArray<VcpuDocument> Vcpus,
    KthreadDocument? Kthread,
    ImmutableArray<TimerDocument> Timers
)
{
    public static HostContent? Of(Sample sample, string name)
    {
        MachineLook? look = sample.Look?.Look;
        if (look?.Hosts.FirstOrDefault(host => host.Name == name) is not { } found)
        {
            return null;
        }
        return new HostContent(
            HostDocument.Of(
                found,
                sample.Rates.Hosts.GetValueOrDefault(name),
                sample,
                isDetailed: true
            ),
            [
                .. sample
                    .Cluster.Cells.Where(cell =>
                        cell.Cell == name
                        || cell.Cell.StartsWith($"{name}/", StringComparison.Ordinal)
                    )
                    .Select(cell => new ShardDocument(cell.Cell, cell.Node)),
            ],
            [.. look.Pcpus.Where(pcpu => pcpu.Host == name).Select(PcpuDocument.Of)],
            [.. look.Vcpus.Where(vcpu => vcpu.Host == name).Select(VcpuDocument.Of)],
            look.Kthreads.FirstOrDefault(kthread => kthread.Host == name) is { } kthread
                ? KthreadDocument.Of(kthread)
                : null,
            TimersOf(look, name)
        );
    }

    /// <summary>Another viewer may look at another host.</summary>
    private static ImmutableArray<TimerDocument> TimersOf(MachineLook look, string host)
    {
        HashSet<string> own =
        [
            .. look.Vcpus.Where(vcpu => vcpu.Host == host).Select(vcpu => vcpu.Name),
        ];
        return
        [
            .. look
                .HostTimers.Where(timer => own.Contains(timer.Vcpu))
                .Select(timer => TimerDocument.Of(timer, look.At)),
        ];
    }
}

/// <summary>See <see cref="PcpuLook"/>.</summary>
public sealed record PcpuDocument(
    string Name,
    bool TimerCpu,
    string Doing,
    string? Current,
    int Waiting,
    int Hrtimers,
    VirtualTime? NextExpiryNs,
    CpuDocument Cpu,
    long Ipis
)
{
    internal static PcpuDocument Of(PcpuLook pcpu) =>
        new(
            pcpu.Name,
            pcpu.IsTimerCpu,
            pcpu.Doing,
            pcpu.Current,
            pcpu.Waiting,
            pcpu.Hrtimers,
            pcpu.NextExpiry,
            CpuDocument.Of(pcpu.Cpu),
            pcpu.Ipis
        );
}

/// <summary>See <see cref="KthreadLook"/>.</summary>
public sealed record KthreadDocument(
    string Name,
    string Doing,
    long Scans,
    VirtualTime NextScanNs,
    ImmutableArray<PageDocument> Pages,
    int OmittedPages
)
{
    internal static KthreadDocument Of(KthreadLook kthread) =>
        new(
            kthread.Name,
            kthread.Doing,
            kthread.Scans,
            kthread.NextScan,
            [
                .. kthread.Pages.Select(page => new PageDocument(
                    page.Vcpu,
                    page.IsEnabled,
                    page.Expire,
                    page.NextSync,
                    page.LookedAt
                )),
            ],
            kthread.OmittedPages
        );
}

/// <summary>See <see cref="PageLook"/>.</summary>
public sealed record PageDocument(
    string Vcpu,
    bool Enabled,
    VirtualTime? ExpireNs,
    VirtualTime? NextSyncNs,
    VirtualTime LookedAtNs
);

/// <summary>See <see cref="VcpuLook"/>.</summary>
public sealed record VcpuDocument(
    string Name,
    string? Pcpu,
    string? Thread,
    bool Halted,
    long Armed,
    long Fired,
    long Exits,
    VirtualTime? DeadlineNs
)
{
    internal static VcpuDocument Of(VcpuLook vcpu) =>
        new(
            vcpu.Name,
            vcpu.Pcpu,
            vcpu.Thread,
            vcpu.Halted,
            vcpu.Armed,
            vcpu.Fired,
            vcpu.Exits,
            vcpu.Deadline
        );
}

/// <summary>The view "timers".</summary>
/// <param name="Pending">How many there are.</param>
/// <param name="Overdue">How many of them are past.</param>
/// <param name="Timers">The earliest.</param>
public sealed record TimersContent(long Pending, long Overdue, ImmutableArray<TimerDocument> Timers)
{
    public static TimersContent? Of(Sample sample) =>
        sample.Look?.Look is not { } look
            ? null
            : new TimersContent(
                look.Hosts.Sum(host => host.Pending),
                look.Hosts.Sum(host => host.Overdue),
                [.. look.Timers.Select(timer => TimerDocument.Of(timer, look.At))]
            );
}

/// <summary>See <see cref="PendingTimer"/>.</summary>
/// <param name="Vcpu">Whose.</param>
/// <param name="DueNs">When the guest wants it.</param>
/// <param name="InNs">From the barrier until then; negative: it is past.</param>
/// <param name="Place">under_way, page, timer_cpu, pcpu.</param>
/// <param name="Holder">The entity that has it.</param>
/// <param name="FiresNs">When its holder acts.</param>
/// <param name="Risk">none, looks_too_late, holder_offline, overdue, unwanted.</param>
public sealed record TimerDocument(
    string Vcpu,
    VirtualTime DueNs,
    VirtualDuration InNs,
    TimerPlace Place,
    string Holder,
    VirtualTime FiresNs,
    TimerRisk Risk
)
{
    internal static TimerDocument Of(PendingTimer timer, VirtualTime at) =>
        new(
            timer.Vcpu,
            timer.Due,
            timer.Due - at,
            timer.Place,
            timer.Holder,
            timer.Fires,
            timer.Risk
        );
}
