using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;
using PvTimer.Model.Vcpus;

namespace PvTimer.Model.Looks;

/// <summary>Looks at those entities of a machine that live in one place, and changes nothing about them.</summary>
internal sealed class MachineLooker
{
    // Configuration
    private readonly ImmutableArray<IEntity> _entities;
    private readonly ImmutableArray<HostTopology> _topologies;
    private readonly ILookup<int, Pcpu> _pcpus;
    private readonly ILookup<int, Vcpu> _vcpus;
    private readonly ILookup<int, TimerKthread> _kthreads;
    private readonly ImmutableArray<IEntity> _here;

    /// <param name="entities">All of the machine.</param>
    /// <param name="topologies">By host.</param>
    /// <param name="hosts">By entity, its host.</param>
    /// <param name="isHere">Whether an entity lives where it is looked at from.</param>
    public MachineLooker(
        ImmutableArray<IEntity> entities,
        ImmutableArray<HostTopology> topologies,
        ImmutableArray<int> hosts,
        Func<EntityId, bool> isHere
    )
    {
        _entities = entities;
        _topologies = topologies;
        _here = [.. entities.Where(entity => isHere(entity.Id))];
        _pcpus = _here.OfType<Pcpu>().ToLookup(pcpu => hosts[pcpu.Id.Index]);
        _vcpus = _here.OfType<Vcpu>().ToLookup(vcpu => hosts[vcpu.Id.Index]);
        _kthreads = _here.OfType<TimerKthread>().ToLookup(kthread => hosts[kthread.Id.Index]);
    }

    /// <param name="reached">The barrier at which they stand.</param>
    /// <param name="request">What to show over the sums.</param>
    public MachineLook Look(VirtualTime reached, LookRequest request)
    {
        int[] hosts = [.. Enumerable.Range(0, _topologies.Length).Where(IsHere)];
        HashSet<string> wanted = new(request.Actors, StringComparer.Ordinal);
        int[] shown =
        [
            .. hosts.Where(host =>
                request.Hosts.Contains(_topologies[host].Name, StringComparer.Ordinal)
            ),
        ];
        return new MachineLook(
            reached,
            [.. hosts.Select(host => SumsOf(host, reached))],
            [.. shown.SelectMany(host => PcpusOf(host, reached))],
            [.. shown.SelectMany(VcpusOf)],
            request.Timers == 0
                ? []
                : PendingTimer.Earliest(
                    hosts.SelectMany(host => TimersOf(host, reached)),
                    request.Timers
                ),
            [
                .. _here
                    .Where(entity => wanted.Contains(entity.Name))
                    .Select(entity => FieldReader.Read(entity, NameOf)),
            ]
        )
        {
            Kthreads =
            [
                .. shown.SelectMany(host =>
                    _kthreads[host].Select(kthread => LookAt(kthread, _topologies[host].Name))
                ),
            ],
            HostTimers = PendingTimer.Earliest(
                shown.SelectMany(host => TimersOf(host, reached)),
                LookRequest.MaxTimers
            ),
        };
    }

    private bool IsHere(int host) => _pcpus.Contains(host) || _vcpus.Contains(host);

    private string NameOf(EntityId entity) =>
        (uint)entity.Index < (uint)_entities.Length ? _entities[entity.Index].Name : $"{entity}";

    private HostLook SumsOf(int host, VirtualTime reached)
    {
        Vcpu[] vcpus = [.. _vcpus[host].Where(vcpu => vcpu.IsHere)];
        Pcpu[] pcpus = [.. _pcpus[host]];
        return new HostLook(
            _topologies[host].Name,
            pcpus.Length,
            vcpus.Length,
            vcpus.Sum(vcpu => vcpu.Arrivals),
            vcpus.Sum(vcpu => vcpu.Armed),
            vcpus.Sum(vcpu => vcpu.Lateness.Count),
            vcpus.Count(vcpu => vcpu.PendingDue is not null),
            vcpus.Count(vcpu => vcpu.PendingDue < reached),
            ExitLedger.SumTimes(vcpus.Select(vcpu => vcpu.Exits)),
            QuarterOctaves.Sum(vcpus.Select(vcpu => vcpu.Lateness.Quarters)),
            TimeOf(pcpus, reached),
            TimeOf(pcpus.Where(pcpu => IsTimerCpu(host, pcpu)), reached),
            _kthreads[host].Sum(kthread => kthread.Scans),
            pcpus.Sum(pcpu => pcpu.Ipis),
            vcpus.Sum(vcpu => vcpu.PostedTimers),
            pcpus.Sum(pcpu => pcpu.TimerMigrations),
            pcpus.Aggregate(ThreadCounts.None, (sum, pcpu) => sum + pcpu.CountThreads())
        );
    }

    private static CpuTime TimeOf(IEnumerable<Pcpu> pcpus, VirtualTime reached) =>
        pcpus.Aggregate(CpuTime.None, (sum, pcpu) => sum + pcpu.TimeUpTo(reached));

    private IEnumerable<PcpuLook> PcpusOf(int host, VirtualTime reached) =>
        _pcpus[host]
            .Select(pcpu => new PcpuLook(
                pcpu.Name,
                _topologies[host].Name,
                IsTimerCpu(host, pcpu),
                pcpu.Doing,
                pcpu.CurrentVcpu is { } vcpu ? NameOf(vcpu) : null,
                pcpu.CountThreads().Runnable,
                pcpu.ArmedHrtimers.Count,
                pcpu.ArmedHrtimers.NextExpiry == VirtualTime.MaxValue
                    ? null
                    : pcpu.ArmedHrtimers.NextExpiry,
                pcpu.TimeUpTo(reached),
                pcpu.Ipis
            ));

    private IEnumerable<VcpuLook> VcpusOf(int host)
    {
        foreach (Vcpu vcpu in _vcpus[host].Where(vcpu => vcpu.IsHere))
        {
            yield return new VcpuLook(
                vcpu.Name,
                _topologies[host].Name,
                null,
                null,
                vcpu.IsHalted,
                vcpu.Armed,
                vcpu.Lateness.Count,
                vcpu.Exits.Count,
                vcpu.PendingDue
            );
        }
        foreach (Pcpu pcpu in _pcpus[host])
        {
            foreach ((EntityId vcpu, VcpuRunState state) in pcpu.Threads)
            {
                yield return new VcpuLook(
                    NameOf(vcpu),
                    _topologies[host].Name,
                    pcpu.Name,
                    $"{state}",
                    false,
                    0,
                    0,
                    0,
                    null
                );
            }
        }
    }

    private KthreadLook LookAt(TimerKthread kthread, string host) =>
        new(
            kthread.Name,
            host,
            kthread.Doing,
            kthread.Scans,
            kthread.NextScan,
            [
                .. kthread
                    .PagesHere.Take(KthreadLook.MostPages)
                    .Select(entry => new PageLook(
                        NameOf(entry.Vcpu),
                        entry.Enabled,
                        entry.Page.Expire.IsDeadline
                            ? entry.Clock.TimeOf(entry.Page.Expire.Deadline)
                            : null,
                        entry.Page.NextSyncTsc == TscTicks.Zero
                            ? null
                            : entry.Clock.TimeOf(entry.Page.NextSyncTsc),
                        entry.LookedAt
                    )),
            ],
            Math.Max(0, kthread.PagesHere.Count - KthreadLook.MostPages)
        );

    /// <summary>What guests wait for, and what is waiting in pages and hrtimers.</summary>
    private IEnumerable<PendingTimer> TimersOf(int host, VirtualTime reached)
    {
        foreach (Vcpu vcpu in _vcpus[host].Where(vcpu => vcpu.IsHere))
        {
            if (vcpu.PendingDue is { } due)
            {
                yield return Line(vcpu.Name, due, TimerPlace.UnderWay, vcpu.Name, due, reached);
                if (vcpu.HoldsTimer)
                {
                    yield return Line(
                        vcpu.Name,
                        due,
                        TimerPlace.Processor,
                        vcpu.Name,
                        due,
                        reached
                    );
                }
            }
        }
        foreach (TimerKthread kthread in _kthreads[host])
        {
            foreach ((EntityId vcpu, VirtualTime due, VirtualTime nextLook) in kthread.InPages())
            {
                VirtualTime fires = VirtualTime.Max(due, nextLook);
                yield return Line(
                    NameOf(vcpu),
                    due,
                    TimerPlace.Page,
                    kthread.Name,
                    fires,
                    reached,
                    kthread.IsRetired ? TimerRisk.HolderOffline
                        : nextLook > due ? TimerRisk.LooksTooLate
                        : TimerRisk.None
                );
            }
        }
        foreach (Pcpu pcpu in _pcpus[host])
        {
            TimerPlace place = IsTimerCpu(host, pcpu) ? TimerPlace.TimerCpu : TimerPlace.Pcpu;
            foreach (Hrtimers.Hrtimer timer in pcpu.TimersInHardware)
            {
                yield return Line(
                    NameOf(timer.Owner),
                    timer.Due,
                    TimerPlace.Processor,
                    pcpu.Name,
                    timer.Expires,
                    reached
                );
            }
            foreach (Hrtimers.Hrtimer timer in pcpu.ArmedHrtimers.ApicTimers())
            {
                yield return Line(
                    NameOf(timer.Owner),
                    timer.Due,
                    place,
                    pcpu.Name,
                    timer.Expires,
                    reached
                );
            }
        }
    }

    private static PendingTimer Line(
        string vcpu,
        VirtualTime due,
        TimerPlace place,
        string holder,
        VirtualTime fires,
        VirtualTime reached,
        TimerRisk risk = TimerRisk.None
    ) => new(vcpu, due, place, holder, fires, due < reached ? TimerRisk.Overdue : risk);

    private bool IsTimerCpu(int host, Pcpu pcpu) => _topologies[host].ReservedPcpu == pcpu.Id;
}
