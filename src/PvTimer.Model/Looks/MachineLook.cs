using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Model.Looks;

/// <summary>
/// What a machine shows at a barrier: everything before <paramref name="At"/> has happened, nothing after. All
/// numbers count from the start of the run, so that two looks give rates. A look at a part of the machine
/// has the entities of that part; parts of one barrier merge into the whole.
/// </summary>
/// <param name="At">The barrier.</param>
/// <param name="Hosts">By name; none twice.</param>
/// <param name="Pcpus">Of the hosts that were asked for, in the machine's order.</param>
/// <param name="Vcpus">Likewise.</param>
/// <param name="Timers">
/// The earliest pending timers, as many as were asked for, by when they are due. Of a part all that it knows of
/// them; of the whole, and only there, one line each.
/// </param>
/// <param name="Actors">Those that were asked for, as far as they exist.</param>
public sealed record MachineLook(
    VirtualTime At,
    ImmutableArray<HostLook> Hosts,
    ImmutableArray<PcpuLook> Pcpus,
    ImmutableArray<VcpuLook> Vcpus,
    ImmutableArray<PendingTimer> Timers,
    ImmutableArray<ActorLook> Actors
)
{
    /// <summary>The timer kthreads of the hosts that were asked for, where they have one.</summary>
    public ImmutableArray<KthreadLook> Kthreads { get; init; } = [];

    /// <summary>
    /// The pending timers of the hosts that were asked for, earliest first, whatever lies ahead on other hosts. Of a
    /// part and of the whole as <see cref="Timers"/>.
    /// </summary>
    public ImmutableArray<PendingTimer> HostTimers { get; init; } = [];

    /// <summary>The look of which these are the parts.</summary>
    /// <param name="at">The barrier of all of them.</param>
    /// <param name="parts">In the order of the machine's regions.</param>
    /// <param name="timers">How many timers are listed.</param>
    public static MachineLook Merge(
        VirtualTime at,
        IReadOnlyCollection<MachineLook> parts,
        int timers
    )
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new MachineLook(
            at,
            [
                .. parts
                    .SelectMany(part => part.Hosts)
                    .GroupBy(host => host.Name, StringComparer.Ordinal)
                    .Select(HostLook.Sum),
            ],
            [.. parts.SelectMany(part => part.Pcpus)],
            WithStates(parts),
            PendingTimer.Merge(parts.SelectMany(part => part.Timers), timers),
            [.. parts.SelectMany(part => part.Actors)]
        )
        {
            Kthreads = [.. parts.SelectMany(part => part.Kthreads)],
            HostTimers = PendingTimer.Merge(
                parts.SelectMany(part => part.HostTimers),
                LookRequest.MaxTimers
            ),
        };
    }

    /// <summary>A vCPU's thread may live in another part than the vCPU itself.</summary>
    private static ImmutableArray<VcpuLook> WithStates(IEnumerable<MachineLook> parts) =>
        [
            .. parts
                .SelectMany(part => part.Vcpus)
                .GroupBy(vcpu => vcpu.Name, StringComparer.Ordinal)
                .Select(vcpu => vcpu.Aggregate(static (left, right) => left.With(right))),
        ];
}

/// <summary>The sums of one host. A VM that is between two hosts is in neither's.</summary>
/// <param name="Name">"h3".</param>
/// <param name="Pcpus">How many it has.</param>
/// <param name="Vcpus">How many live on it now.</param>
/// <param name="Arrivals">Grows with every VM that comes: what it had counted elsewhere is here from then on.</param>
/// <param name="Armed">Deadlines that guests programmed.</param>
/// <param name="Fired">Timers delivered to their guests.</param>
/// <param name="Pending">Deadlines that wait for their interrupt.</param>
/// <param name="Overdue">Of these, those that were due before now.</param>
/// <param name="Exits">Those that have ended, by reason, ascending.</param>
/// <param name="Lateness">Of every fired timer.</param>
/// <param name="Cpu">Where its pCPUs' time went.</param>
/// <param name="TimerCpu">Its dedicated CPU's part of it; none without one.</param>
/// <param name="Scans">Scans that its kthread began.</param>
/// <param name="Ipis">Doorbells and guests' IPIs.</param>
/// <param name="PostedInterrupts">Timer interrupts that were posted.</param>
/// <param name="TimerMigrations">Armed timers that followed their vCPU.</param>
/// <param name="Threads">Its vCPUs' threads.</param>
public sealed record HostLook(
    string Name,
    int Pcpus,
    int Vcpus,
    long Arrivals,
    long Armed,
    long Fired,
    long Pending,
    long Overdue,
    ImmutableArray<ExitSum> Exits,
    QuarterOctaves Lateness,
    CpuTime Cpu,
    CpuTime TimerCpu,
    long Scans,
    long Ipis,
    long PostedInterrupts,
    long TimerMigrations,
    ThreadCounts Threads
)
{
    /// <summary>Both together, under the name of this one.</summary>
    public HostLook Plus(HostLook other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new HostLook(
            Name,
            Pcpus + other.Pcpus,
            Vcpus + other.Vcpus,
            Arrivals + other.Arrivals,
            Armed + other.Armed,
            Fired + other.Fired,
            Pending + other.Pending,
            Overdue + other.Overdue,
            Sum(Exits, other.Exits),
            Lateness.Plus(other.Lateness),
            Cpu + other.Cpu,
            TimerCpu + other.TimerCpu,
            Scans + other.Scans,
            Ipis + other.Ipis,
            PostedInterrupts + other.PostedInterrupts,
            TimerMigrations + other.TimerMigrations,
            Threads + other.Threads
        );
    }

    /// <summary>All of them together, under the name of the first.</summary>
    /// <param name="hosts">At least one.</param>
    public static HostLook Sum(IEnumerable<HostLook> hosts) =>
        hosts.Aggregate(static (left, right) => left.Plus(right));

    private static ImmutableArray<ExitSum> Sum(
        ImmutableArray<ExitSum> left,
        ImmutableArray<ExitSum> right
    ) =>
        [
            .. left.Concat(right)
                .GroupBy(exit => (exit.Names, exit.Reason))
                .OrderBy(exit => exit.Key)
                .Select(exit =>
                    exit.Aggregate(
                        static (sum, one) =>
                            sum with
                            {
                                Count = sum.Count + one.Count,
                                Time = sum.Time + one.Time,
                            }
                    )
                ),
        ];
}

/// <summary>One pCPU.</summary>
/// <param name="Name">"h3/pcpu-0".</param>
/// <param name="Host">"h3".</param>
/// <param name="IsTimerCpu">It is dedicated to timers.</param>
/// <param name="Doing">Idle, LeavingIdle, Guest, HostWork, Interrupt or Offline.</param>
/// <param name="Current">The vCPU whose thread has it; null: none.</param>
/// <param name="Waiting">Threads in its run queue.</param>
/// <param name="Hrtimers">How many are armed on it.</param>
/// <param name="NextExpiry">The earliest of them; null: none.</param>
/// <param name="Cpu">Where its time went.</param>
/// <param name="Ipis">IPIs sent from here.</param>
public sealed record PcpuLook(
    string Name,
    string Host,
    bool IsTimerCpu,
    string Doing,
    string? Current,
    int Waiting,
    int Hrtimers,
    VirtualTime? NextExpiry,
    CpuTime Cpu,
    long Ipis
);

/// <summary>One vCPU: what it knows itself, and what the pCPU knows that has its thread.</summary>
/// <param name="Name">"web-0/vcpu-1".</param>
/// <param name="Host">"h3".</param>
/// <param name="Pcpu">Where its thread is; null: not known here.</param>
/// <param name="Thread">InGuest, Exiting, Polling, Blocked or Runnable; null: not known here.</param>
/// <param name="Halted">Its guest waits in HLT.</param>
/// <param name="Armed">Deadlines that its guest programmed.</param>
/// <param name="Fired">Timers delivered.</param>
/// <param name="Exits">VM-exits that have ended.</param>
/// <param name="Deadline">When its pending deadline is due; null: none is pending.</param>
public sealed record VcpuLook(
    string Name,
    string Host,
    string? Pcpu,
    string? Thread,
    bool Halted,
    long Armed,
    long Fired,
    long Exits,
    VirtualTime? Deadline
)
{
    /// <summary>What two parts know of the same vCPU; only the one where it lives has counted something.</summary>
    public VcpuLook With(VcpuLook other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with
        {
            Pcpu = Pcpu ?? other.Pcpu,
            Thread = Thread ?? other.Thread,
            Halted = Halted || other.Halted,
            Armed = Armed + other.Armed,
            Fired = Fired + other.Fired,
            Exits = Exits + other.Exits,
            Deadline = Deadline ?? other.Deadline,
        };
    }
}

/// <summary>All fields of one entity that change while it runs.</summary>
/// <param name="Name">"h3/pcpu-0".</param>
/// <param name="Fields">In the order in which its class declares them.</param>
/// <param name="Omitted">How many more there are.</param>
public sealed record ActorLook(string Name, ImmutableArray<FieldLook> Fields, int Omitted);

/// <param name="Path">"lapic.tpr", "threads[web-0/vcpu-1].state".</param>
/// <param name="Value">As text.</param>
public readonly record struct FieldLook(string Path, string Value);
