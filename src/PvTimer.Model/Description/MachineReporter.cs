using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Guests.Programs;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;
using PvTimer.Model.Vcpus;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Description;

/// <summary>Sums up what the entities counted.</summary>
internal sealed class MachineReporter(
    ImmutableArray<IEntity> entities,
    ImmutableArray<HostTopology> topologies,
    ImmutableArray<int> hosts,
    ImmutableArray<ImmutableArray<EntityId>> incarnations
)
{
    /// <summary>No message is under way for longer, and no wake-up.</summary>
    private static readonly VirtualDuration Grace = VirtualDuration.FromMilliseconds(1);

    private readonly ImmutableArray<Pcpu> _pcpus = [.. entities.OfType<Pcpu>()];
    private readonly ImmutableArray<TimerKthread> _kthreads = [.. entities.OfType<TimerKthread>()];
    private readonly ILookup<int, Pcpu> _pcpusOfHost = entities
        .OfType<Pcpu>()
        .ToLookup(pcpu => hosts[pcpu.Id.Index]);
    private readonly ILookup<int, TimerKthread> _kthreadsOfHost = entities
        .OfType<TimerKthread>()
        .ToLookup(kthread => hosts[kthread.Id.Index]);
    private readonly ImmutableHashSet<EntityId> _timerCpus =
    [
        .. topologies.Select(host => host.ReservedPcpu).OfType<EntityId>(),
    ];

    /// <summary>Each vCPU as it is on the host that its VM came to last: its ledgers travel with it.</summary>
    private readonly ImmutableArray<Vcpu> _vcpus =
    [
        .. incarnations.Select(vcpu =>
            vcpu.Select(id => (Vcpu)entities[id.Index]).MaxBy(one => one.Arrivals)!
        ),
    ];

    public MachineReport Report(VirtualTime reached)
    {
        foreach (Vcpu vcpu in _vcpus)
        {
            vcpu.CloseOpenExit(reached);
        }
        ImmutableArray<VcpuReport> vcpus =
        [
            .. _vcpus.Select((vcpu, i) => ReportOf(vcpu, incarnations[i], reached)),
        ];
        ImmutableArray<ExitStatistics> exits = ExitLedger.Sum(_vcpus.Select(vcpu => vcpu.Exits));
        ExactDistribution lateness = new();
        foreach (Vcpu vcpu in _vcpus)
        {
            lateness.AddAll(vcpu.Lateness);
        }
        return new MachineReport(
            Sum(vcpus.Select(vcpu => vcpu.Timers)),
            _vcpus.Sum(vcpu => vcpu.DeadlineWrites),
            exits,
            TimerExits(exits),
            lateness,
            _pcpus.Sum(pcpu => pcpu.Ipis),
            _vcpus.Sum(vcpu => vcpu.PostedTimers),
            _vcpus.Sum(vcpu => vcpu.PageUpdates)
                + _kthreads.Sum(kthread => kthread.PageUpdates)
                + TimerCpus.Sum(cpu => cpu.PageUpdates),
            _kthreads.Sum(kthread => kthread.Scans),
            _pcpus.Sum(pcpu => pcpu.TimerMigrations),
            TimeOf(_pcpus, reached),
            TimeOf(_pcpus.Where(IsTimerCpu), reached),
            Flaws(),
            Replay(vcpus),
            vcpus,
            MigrationReporter.Report(entities)
        );
    }

    private VcpuReport ReportOf(
        Vcpu vcpu,
        ImmutableArray<EntityId> incarnations,
        VirtualTime reached
    )
    {
        bool hangs = _pcpusOfHost[hosts[vcpu.Id.Index]].Any(pcpu => pcpu.HasBlocked(vcpu.Id));
        return new VcpuReport(
            entities[incarnations[0].Index].Name,
            vcpu.CountTimers(reached, Grace, vcpu.IsInTransit || HostKnowsTimerOf(vcpu), hangs),
            vcpu.Exits.Count
        )
        {
            Replay = (vcpu.Program as TraceReplay)?.CountsAt(reached),
            RequestsDropped = vcpu.Program.RequestsDropped,
            TunedAdvance = _pcpusOfHost[hosts[vcpu.Id.Index]]
                .Select(pcpu => pcpu.TunedAdvanceOf(vcpu.Id))
                .FirstOrDefault(advance => advance is not null),
            Steal = SumOver(incarnations, (pcpu, id) => pcpu.StealUpTo(reached, id)),
            Throttled = SumOver(incarnations, (pcpu, id) => pcpu.ThrottledUpTo(reached, id)),
        };
    }

    /// <summary>A vCPU is on the pCPUs of one host at a time, and each has an incarnation of its own.</summary>
    private VirtualDuration SumOver(
        ImmutableArray<EntityId> incarnations,
        Func<Pcpu, EntityId, VirtualDuration> time
    ) =>
        VirtualDuration.FromNanoseconds(
            incarnations.Sum(id =>
                _pcpusOfHost[hosts[id.Index]].Sum(pcpu => time(pcpu, id).Nanoseconds)
            )
        );

    /// <summary>Exits that timers caused: their programming, and their expiry on the vCPU's own pCPU.</summary>
    private long TimerExits(ImmutableArray<ExitStatistics> exits) =>
        MachineReport.ProgrammingExitsOf(exits)
        + exits.Where(exit => exit.Reason == VmExitReason.PreemptionTimer).Sum(exit => exit.Count)
        + _vcpus.Sum(vcpu => vcpu.ExpiryExits + vcpu.TimerKicks)
        + _pcpus.Sum(pcpu => pcpu.TimerExpiryExits);

    private bool HostKnowsTimerOf(Vcpu vcpu) =>
        _pcpusOfHost[hosts[vcpu.Id.Index]].Any(pcpu => pcpu.KnowsTimerOf(vcpu.Id, vcpu.LastEntry))
        || _kthreadsOfHost[hosts[vcpu.Id.Index]].Any(kthread => kthread.KnowsTimerOf(vcpu.Id));

    private bool IsTimerCpu(Pcpu pcpu) => _timerCpus.Contains(pcpu.Id);

    private static CpuTime TimeOf(IEnumerable<Pcpu> pcpus, VirtualTime reached) =>
        pcpus.Aggregate(CpuTime.None, (sum, pcpu) => sum + pcpu.TimeUpTo(reached));

    private IEnumerable<TimerCpu> TimerCpus =>
        _pcpus.Select(pcpu => pcpu.TimerCpu).OfType<TimerCpu>();

    private FlawCounts Flaws() =>
        new(
            _vcpus.Sum(vcpu => vcpu.MisreadDeadlines),
            TimerCpus.Sum(cpu => cpu.ForeignAddressSpaceReads),
            _vcpus.Sum(vcpu => vcpu.SplitLocks) + _kthreads.Sum(kthread => kthread.SplitLocks),
            TimerCpus.Sum(cpu => cpu.ForeignVmcsWrites),
            _kthreads.Aggregate(
                VirtualDuration.Zero,
                (longest, kthread) => VirtualDuration.Max(longest, kthread.LockHeld)
            ),
            TimerCpus.Aggregate(VirtualDuration.Zero, (sum, cpu) => sum + cpu.CancelSpin),
            _kthreads.Sum(kthread => kthread.UnkeptPromises),
            TimerCpus.Sum(cpu => cpu.UnansweredDoorbells)
                + _vcpus.Sum(vcpu => vcpu.UnansweredDoorbells)
        );

    private static ReplayCounts? Replay(IEnumerable<VcpuReport> vcpus) =>
        vcpus
            .Select(vcpu => vcpu.Replay)
            .Aggregate(
                (ReplayCounts?)null,
                (sum, counts) => counts is null ? sum : (sum ?? ReplayCounts.None) + counts
            );

    private static TimerCounts Sum(IEnumerable<TimerCounts> counts) =>
        counts.Aggregate(
            new TimerCounts(0, 0, 0, 0, 0, 0, 0),
            (sum, vcpu) =>
                new TimerCounts(
                    sum.Armed + vcpu.Armed,
                    sum.Fired + vcpu.Fired,
                    sum.Replaced + vcpu.Replaced,
                    sum.Cancelled + vcpu.Cancelled,
                    sum.Pending + vcpu.Pending,
                    sum.Lost + vcpu.Lost,
                    sum.Early + vcpu.Early
                )
        );
}
