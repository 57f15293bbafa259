using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Apic;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Timers.Synthetic;
using PvTimer.Model.Topology;
using PvTimer.Model.Vmx;

namespace PvTimer.Scenarios;

/// <summary>A scenario with every default filled in and every file read: ready to be run.</summary>
public sealed record Scenario
{
    public required string Name { get; init; }

    /// <summary>What it is to answer, in a sentence; null: it does not say it.</summary>
    public string? Question { get; init; }

    /// <summary>The matrix that pvtimer sweep and optimise run, unless the command line says another.</summary>
    public SweepSettings Sweep { get; init; } = SweepSettings.None;

    public required ulong Seed { get; init; }

    /// <summary>Virtual time of the run, more than zero.</summary>
    public required VirtualDuration Duration { get; init; }

    /// <summary>The back-ends to compare, in the order they were named, none twice.</summary>
    public required ImmutableArray<TimerBackend> Backends { get; init; }

    /// <summary>At least 1; named h0, h1, ...</summary>
    public required int Hosts { get; init; }

    public required HostSettings Host { get; init; }

    /// <summary>Hosts that are not as <see cref="Host"/> says, each once.</summary>
    public ImmutableArray<OtherHostSettings> OtherHosts { get; init; } = [];

    public required PvTimerParameters PvTimer { get; init; }

    public required ImmutableArray<VmSettings> Vms { get; init; }

    /// <summary>How hosts are connected; null: they are not.</summary>
    public required NetworkDescription? Network { get; init; }

    /// <summary>How VMs are migrated.</summary>
    public required MigrationParameters Migration { get; init; }

    /// <summary>In the order of the scenario; those of one VM in the order of their times.</summary>
    public required ImmutableArray<EventSettings> Events { get; init; }

    public required ImmutableArray<Threshold> Thresholds { get; init; }

    /// <summary>Where a cluster's nodes take CPUs.</summary>
    public required PlacementSettings Placement { get; init; }

    /// <summary>
    /// What nobody but its own guest can notice is computed when it is looked at; otherwise event by event, with the same
    /// result.
    /// </summary>
    public bool IsLazy { get; init; } = true;

    /// <summary>Absolute paths of all files that this was read from, traces and cost profile included.</summary>
    public required ImmutableArray<string> Inputs { get; init; }

    /// <summary>One line each, about an input that is usable but damaged, or lost entries.</summary>
    public required ImmutableArray<string> Warnings { get; init; }

    /// <summary>
    /// All VMs by name with the host that each begins on: the one that is said, otherwise hosts in turn.
    /// </summary>
    public IEnumerable<(VmSettings Of, string Name, int Host)> Instances =>
        MachineDescriptionBuilder.InstancesOf(Vms, Hosts);

    /// <summary>Whose names the exits of its VMs have in the run of one back-end, each once.</summary>
    public ImmutableArray<ExitNames> ExitNamesOn(TimerBackend compared) =>
        VmSettings.ExitNamesOn(compared, Vms);

    /// <summary>A host's own settings, whether or not they differ from the others'.</summary>
    /// <param name="index">Its number.</param>
    public OtherHostSettings HostOf(int index) =>
        OtherHosts.FirstOrDefault(other => other.Host == index)
        ?? new OtherHostSettings(index, Host.Tsc, Host.Costs, Host.HaltPoll, Host.TimerAdvance)
        {
            TunesTimerAdvance = Host.TunesTimerAdvance,
        };

    /// <summary>The number of the host to which the events have brought a VM.</summary>
    /// <param name="instance">"web-0"; there is one of that name.</param>
    public int HostIndexOf(string instance) =>
        Events
            .OfType<MigrateSettings>()
            .LastOrDefault(migration => migration.Vm == instance)
            ?.ToHost
        ?? Instances.First(vm => vm.Name == instance).Host;

    /// <summary>Whether a recording is replayed, so that there is something to compare with.</summary>
    public bool Replays => Vms.Any(vm => vm.Guest is TraceGuest);
}

/// <summary>The matrix that a scenario comes with.</summary>
/// <param name="Over">Axes, as --over takes them.</param>
/// <param name="Repeat">Repetitions of each point; null: as many as usual.</param>
public sealed record SweepSettings(ImmutableArray<string> Over, int? Repeat)
{
    public static SweepSettings None { get; } = new([], null);
}

/// <summary>What all hosts of a scenario are.</summary>
/// <param name="Cpus">pCPUs, at least 1.</param>
/// <param name="Sockets">A divisor of the pCPUs.</param>
/// <param name="Tsc">The host TSC's frequency.</param>
/// <param name="TimerCpu">The dedicated pCPU; null: none, because the scenario says so.</param>
/// <param name="TimerCpuShared">vCPUs may run on the timer CPU too.</param>
/// <param name="Costs">What things cost.</param>
/// <param name="HaltPoll">Zero: never poll.</param>
/// <param name="TimerAdvance">Where it begins, if it is tuned; zero: off.</param>
/// <param name="HvTimer">vCPUs have the VMX preemption timer.</param>
/// <param name="Noise">The profile's host noise interrupts the pCPUs.</param>
public sealed record HostSettings(
    int Cpus,
    int Sockets,
    TscFrequency Tsc,
    int? TimerCpu,
    bool TimerCpuShared,
    CostProfile Costs,
    VirtualDuration HaltPoll,
    VirtualDuration TimerAdvance,
    bool HvTimer,
    bool Noise
)
{
    /// <summary>How far its sockets are from each other; null: all as far as the costs are for.</summary>
    public SocketDistances? Distances { get; init; }

    /// <summary>For how long it has been up when the run begins: its TSC began at 0 then.</summary>
    public VirtualDuration Uptime { get; init; }

    /// <summary>How the halt-polling window grows and shrinks.</summary>
    public HaltPolling HaltPolling { get; init; } = HaltPolling.Default;

    /// <summary>KVM tunes the advance of each vCPU.</summary>
    public bool TunesTimerAdvance { get; init; }

    public int CpusPerSocket => Cpus / Sockets;

    /// <summary>Whether vCPUs may run on this pCPU.</summary>
    public bool TakesVcpus(int cpu) => TimerCpuShared || cpu != TimerCpu;
}

/// <summary>One host that is not as the others are.</summary>
/// <param name="Host">Its number.</param>
/// <param name="Tsc">The host TSC's frequency.</param>
/// <param name="Costs">What things cost there.</param>
/// <param name="HaltPoll">Zero: never poll.</param>
/// <param name="TimerAdvance">Where it begins, if it is tuned; zero: off.</param>
public sealed record OtherHostSettings(
    int Host,
    TscFrequency Tsc,
    CostProfile Costs,
    VirtualDuration HaltPoll,
    VirtualDuration TimerAdvance
)
{
    /// <summary>KVM tunes the advance of each vCPU.</summary>
    public bool TunesTimerAdvance { get; init; }

    /// <summary>The back-end of VMs without one of their own while they are there; null: that of the run.</summary>
    public TimerBackend? Backend { get; init; }
}

/// <summary>How the vCPUs of a VM find their pCPUs.</summary>
public enum PinPolicy
{
    /// <summary>One after the other on the least used pCPUs, sockets in turn.</summary>
    Spread,

    /// <summary>One after the other on the least used pCPUs, the first socket's before the next one's.</summary>
    Pack,

    /// <summary>The scenario lists them.</summary>
    Listed,
}

/// <summary>A VM, or several alike.</summary>
/// <param name="Name">The instances are called name-0, name-1, ...</param>
/// <param name="Count">Instances, at least 1.</param>
/// <param name="Vcpus">vCPUs of each, at least 1.</param>
/// <param name="Pin">How they find their pCPUs.</param>
/// <param name="PinList">For each vCPU its pCPU, if they are listed.</param>
/// <param name="Tsc">The guest's TSC; of a replayed guest the recorded one; null: that of the host it boots on.</param>
/// <param name="TscOffset">The guest's TSC less its host's, at the guest's rate; nothing to a replayed guest.</param>
/// <param name="MoveEvery">Each vCPU moves to the next pCPU at this interval; zero: never.</param>
/// <param name="Host">The host of every instance; null: instances take the hosts in turn.</param>
/// <param name="Guest">What its vCPUs do.</param>
/// <param name="TraceFile">Absolute path of the recording, if it is a replayed guest.</param>
public sealed record VmSettings(
    string Name,
    int Count,
    int Vcpus,
    PinPolicy Pin,
    ImmutableArray<int> PinList,
    TscFrequency? Tsc,
    long TscOffset,
    VirtualDuration MoveEvery,
    int? Host,
    GuestDescription Guest,
    string? TraceFile
)
{
    /// <summary>Its own in every run; null: the one that the run is of.</summary>
    public TimerBackend? Backend { get; init; }

    /// <summary>Whose names the exits of such VMs have in the run of one back-end, each once; without VMs its own.</summary>
    public static ImmutableArray<ExitNames> ExitNamesOn(
        TimerBackend compared,
        IEnumerable<VmSettings> vms
    ) =>
        [
            .. vms.Select(vm => (vm.Backend ?? compared).ExitNames)
                .DefaultIfEmpty(compared.ExitNames)
                .Distinct()
                .Order(),
        ];

    /// <summary>What its kernels program instead of their LAPICs' timers, if they do.</summary>
    public ClockEvent ClockEvent { get; init; }

    /// <summary>In which order its VMM sets registers again.</summary>
    public ImmutableArray<RestoreStep> RestoreOrder { get; init; } =
        Model.Migration.RestoreOrder.Default;

    /// <summary>What the counters of its LAPICs count.</summary>
    public VirtualDuration ApicBusCycle { get; init; } = Lapic.UsualBusCycle;

    /// <summary>Its TSC keeps its rate on every host; otherwise it has its host's.</summary>
    public bool TscScaling { get; init; } = true;

    /// <summary>How much of a pCPU each vCPU may use; null: as much as it gets.</summary>
    public CpuBandwidth? Bandwidth { get; init; }

    /// <summary>The weight of each vCPU where others want the same pCPU.</summary>
    public int Weight { get; init; } = CpuWeight.Usual;

    /// <summary>Its interrupts are posted, and its EOIs do not exit.</summary>
    public bool HasApicv { get; init; } = true;

    /// <summary>HLT is a VM-exit.</summary>
    public bool HltExits { get; init; } = true;

    /// <summary>Its guests idle with MWAIT, which does not exit.</summary>
    public bool HasMwait { get; init; }

    /// <summary>Its guests poll before they halt, and its host does not poll for it; null: they halt at once.</summary>
    public GuestHaltPolling? GuestHaltPolling { get; init; }

    /// <summary>Each vCPU's TSC is so many cycles ahead of the one's before it.</summary>
    public long TscSkew { get; init; }

    /// <summary>What of the recording is replayed, if it is a replayed guest.</summary>
    public TraceChoice TraceChoice { get; init; } = TraceChoice.None;

    /// <summary>
    /// The guest's TSC when the run begins: its host's, which began at 0, and the offset; of a replayed guest that of the
    /// recording's first time stamp.
    /// </summary>
    /// <param name="rate">The guest's rate.</param>
    /// <param name="uptime">For how long its host has been up.</param>
    public TscTicks TscAtStart(TscFrequency rate, VirtualDuration uptime) =>
        Guest is TraceGuest trace
            ? trace.Recording.Start
            : new TscTicks((ulong)(rate.CyclesIn(uptime) + TscOffset));
}
