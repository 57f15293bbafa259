using System.Collections.Immutable;
using PvTimer.Model.Apic;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Description;

/// <summary>A machine to build: hosts and the VMs on them. Values only, all in range.</summary>
public sealed record MachineDescription(
    ulong Seed,
    VirtualDuration Duration,
    ImmutableArray<HostDescription> Hosts,
    ImmutableArray<VmDescription> Vms,
    PvTimerParameters PvTimer,
    ImmutableArray<MachineEvent> Events
)
{
    /// <summary>How the hosts are connected; null: they are not, and no VM may be migrated.</summary>
    public NetworkDescription? Network { get; init; }

    /// <summary>How VMs are migrated.</summary>
    public MigrationParameters Migration { get; init; } = new();

    /// <inheritdoc cref="Events.IMachine.StepsThroughAll"/>
    public bool StepsThroughAll { get; init; }
}

/// <param name="Name">"h0".</param>
/// <param name="Cpus">pCPUs, at least 1.</param>
/// <param name="Sockets">1 or more; the pCPUs are divided evenly, in blocks.</param>
/// <param name="Tsc">The host TSC's frequency.</param>
/// <param name="TimerCpu">The dedicated pCPU of the timer kthread; null: there is none.</param>
/// <param name="Costs">What things cost here.</param>
/// <param name="HaltPoll">KVM's `halt_poll_ns`: the longest halt-polling window; zero: never poll.</param>
/// <param name="TimerAdvance">KVM's `lapic_timer_advance_ns`, or where its tuning begins; zero: off.</param>
/// <param name="HvTimer">The VMX preemption timer is available to vCPUs (matters for flaw 14 only).</param>
public sealed record HostDescription(
    string Name,
    int Cpus,
    int Sockets,
    TscFrequency Tsc,
    int? TimerCpu,
    CostProfile Costs,
    VirtualDuration HaltPoll,
    VirtualDuration TimerAdvance,
    bool HvTimer
)
{
    /// <summary>How far its sockets are from each other; null: all as far as the costs are for.</summary>
    public SocketDistances? Distances { get; init; }

    /// <summary>How the halt-polling window grows and shrinks.</summary>
    public HaltPolling HaltPolling { get; init; } = HaltPolling.Default;

    /// <summary>KVM tunes its advance, for each vCPU.</summary>
    public bool TunesTimerAdvance { get; init; }

    /// <summary>How it emulates the timers of VMs that have no back-end of their own; null: as each of them says.</summary>
    public TimerBackend? Backend { get; init; }
}

/// <param name="Name">"web-0".</param>
/// <param name="Host">Index into the hosts.</param>
/// <param name="Backend">How its timers are emulated, unless a host has it otherwise.</param>
/// <param name="Pcpus">For each vCPU the pCPU it starts on.</param>
/// <param name="GuestTsc">The guest's TSC: offset by <paramref name="TscAtStart"/>, scaled if it differs.</param>
/// <param name="TscAtStart">The guest TSC at virtual time zero.</param>
/// <param name="MoveEvery">Moves each vCPU to the next pCPU at this interval; zero: never.</param>
/// <param name="Guest">What each vCPU does.</param>
public sealed record VmDescription(
    string Name,
    int Host,
    TimerBackend Backend,
    ImmutableArray<int> Pcpus,
    TscFrequency GuestTsc,
    TscTicks TscAtStart,
    VirtualDuration MoveEvery,
    GuestDescription Guest
)
{
    /// <summary>Vectors whose EOI exits (EOI_INDUCED): level-triggered interrupts; default none.</summary>
    public ImmutableArray<byte> EoiExitVectors { get; init; } = [];

    /// <summary>In which order its VMM sets registers again; each step once.</summary>
    public ImmutableArray<RestoreStep> RestoreOrder { get; init; } = Migration.RestoreOrder.Default;

    /// <summary>What the counters of its LAPICs count: KVM_CAP_X86_APIC_BUS_CYCLES_NS; at least 1 ns.</summary>
    public VirtualDuration ApicBusCycle { get; init; } = Lapic.UsualBusCycle;

    /// <summary>
    /// Its TSC keeps its rate on every host (VMX's TSC multiplier); otherwise it has its host's, and another one after a
    /// migration to a host whose TSC differs.
    /// </summary>
    public bool TscScaling { get; init; } = true;

    /// <summary>Each vCPU's TSC is so many cycles ahead of the one's before it; negative: behind.</summary>
    public long TscSkew { get; init; }

    /// <summary>How much of a pCPU each of its vCPUs may use; null: as much as it gets.</summary>
    public CpuBandwidth? Bandwidth { get; init; }

    /// <summary>The weight of each of its vCPUs where others want the same pCPU: 1 to <see cref="CpuWeight.Most"/>.</summary>
    public int Weight { get; init; } = CpuWeight.Usual;

    /// <summary>APICv, or AVIC: its interrupts are posted, and its EOIs do not exit. Default true.</summary>
    public bool HasApicv { get; init; } = true;

    /// <summary>HLT is a VM-exit (no KVM_X86_DISABLE_EXITS_HLT); otherwise a halted vCPU stays in guest mode. Default true.</summary>
    public bool HltExits { get; init; } = true;

    /// <summary>
    /// MWAIT does not exit (KVM_X86_DISABLE_EXITS_MWAIT), and its guests idle with it, in guest mode. The preemption timer
    /// stops in the idle states that it may reach, so that KVM does not use it. Default false.
    /// </summary>
    public bool HasMwait { get; init; }

    /// <summary>Its guests poll before they halt, and its host does not poll for it; null: they halt at once.</summary>
    public GuestHaltPolling? GuestHaltPolling { get; init; }

    /// <summary>Its back-end is its own on every host, whatever a host has.</summary>
    public bool KeepsBackend { get; init; }

    /// <summary>How its timers are emulated on a host, with what is exposed to it.</summary>
    public TimerBackend BackendOn(HostDescription host)
    {
        TimerBackend backend = KeepsBackend ? Backend : host.Backend ?? Backend;
        return HasMwait ? backend.WithMwait : backend;
    }

    /// <summary>
    /// The x2APIC ids of its vCPUs by index: a replayed guest's ICR writes name its CPUs as they were numbered when it was
    /// recorded.
    /// </summary>
    internal ImmutableArray<uint> ApicIds =>
        Guest is TraceGuest { Recording.ApicIds: { IsDefaultOrEmpty: false } recorded }
            ? recorded
            : InterruptCommand.IdsByIndex(Pcpus.Length);

    /// <summary>KVM emulates its LAPIC; otherwise pvtimer cannot be enabled. Default true.</summary>
    public bool InKernelLapic { get; init; } = true;
}
