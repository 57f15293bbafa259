using System.Collections.Immutable;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Topology;

/// <summary>
/// One physical host as its entities see it: who is where, how far apart, and how KVM is set up.
/// </summary>
public sealed record HostTopology
{
    public required string Name { get; init; }

    /// <summary>The entity of each pCPU, in the host's order.</summary>
    public required ImmutableArray<EntityId> Pcpus { get; init; }

    /// <summary>pCPUs per socket; sockets are blocks of consecutive pCPUs.</summary>
    public required int PcpusPerSocket { get; init; }

    /// <summary>How far sockets are from each other; null: all as far as the cost profile's prices are for.</summary>
    public SocketDistances? Distances { get; init; }

    /// <summary>The pCPU dedicated to timers (PVTIMER_SYNC_CPU); null if there is none, or not online.</summary>
    public required EntityId? TimerPcpu { get; init; }

    /// <summary>The kthread bound to it; null if there is none.</summary>
    public required EntityId? TimerKthread { get; init; }

    /// <summary>Where timers are queued that no pCPU of a guest has to serve; null: nowhere.</summary>
    public EntityId? HousekeepingPcpu { get; init; }

    /// <summary>The pCPU that has no guests for the sake of timers; null: there is none.</summary>
    public EntityId? ReservedPcpu => TimerPcpu ?? HousekeepingPcpu;

    /// <summary>The rate of its TSC.</summary>
    public TscFrequency Tsc { get; init; } = TscFrequency.FromMegahertz(2500);

    public required CostProfile Costs { get; init; }

    public required VirtualDuration HaltPoll { get; init; }

    /// <summary>How the halt-polling window changes.</summary>
    public HaltPolling HaltPolling { get; init; } = HaltPolling.Default;

    /// <summary>`lapic_timer_advance_ns`, or where its tuning begins; zero: off.</summary>
    public required VirtualDuration TimerAdvance { get; init; }

    /// <summary>KVM tunes it, for each vCPU.</summary>
    public bool TunesTimerAdvance { get; init; }

    /// <summary>What a vCPU begins with whose advance is tuned; null: it is not.</summary>
    public VirtualDuration? TunedAdvance => TunesTimerAdvance ? TimerAdvance : null;

    public required bool HvTimer { get; init; }

    public required PvTimerParameters PvTimer { get; init; }

    /// <summary>How the timers of the VMs are emulated that are on this host at some time.</summary>
    public ImmutableArray<BackendOfVm> Backends { get; init; } = [];

    /// <summary>By vCPU that is on this host at some time, the rate of its TSC here.</summary>
    public ImmutableDictionary<EntityId, TscFrequency> GuestTsc { get; init; } =
        ImmutableDictionary<EntityId, TscFrequency>.Empty;

    /// <summary>By vCPU that is on this host at some time, its share of a pCPU, if that is not the usual one.</summary>
    public ImmutableDictionary<EntityId, int> Weights { get; init; } =
        ImmutableDictionary<EntityId, int>.Empty;

    /// <summary>
    /// The vCPUs on this host at some time that it does not poll for: their guests have cleared bit 0 of
    /// MSR_KVM_POLL_CONTROL (kvm_arch_no_poll).
    /// </summary>
    public ImmutableHashSet<EntityId> WithoutHaltPolling { get; init; } = [];

    /// <summary>Seed of everything that is drawn on this host.</summary>
    public required ulong Seed { get; init; }

    /// <summary>`d`: a line that another pCPU modified last.</summary>
    public VirtualDuration LineTransfer(EntityId from, EntityId to) =>
        PriceBetween(from, to, Costs.LineTransferSameSocket, Costs.LineTransferCrossSocket);

    /// <summary>The longest of all.</summary>
    public VirtualDuration LongestLineTransfer =>
        VirtualDuration.Max(
            Costs.LineTransferSameSocket,
            SocketDistances.Price(
                Costs.LineTransferSameSocket,
                Costs.LineTransferCrossSocket,
                Distances?.Longest ?? SocketDistances.Usual
            )
        );

    /// <summary>From the ICR write to the arrival of an IPI.</summary>
    public VirtualDuration IpiLatency(EntityId from, EntityId to) =>
        PriceBetween(from, to, Costs.IpiSameSocket, Costs.IpiCrossSocket);

    /// <summary>
    /// How long posting an interrupt keeps its poster if there is nothing to be sent: it reads the descriptor's line, the
    /// vCPU's mode and the thread's state, and nothing comes back after that.
    /// </summary>
    public VirtualDuration PostingTime =>
        (Costs.LineTransferSameSocket * 3) + (VirtualDuration.Smallest * 2);

    /// <summary>How a vCPU's timer is emulated; null: it is never on this host.</summary>
    public TimerBackend? BackendOf(EntityId vcpu)
    {
        foreach (BackendOfVm vm in Backends)
        {
            if (vcpu.Index >= vm.First.Index && vcpu.Index - vm.First.Index < vm.Vcpus)
            {
                return vm.Backend;
            }
        }
        return null;
    }

    /// <summary>cpu.weight of a vCPU's control group.</summary>
    public int WeightOf(EntityId vcpu) => Weights.GetValueOrDefault(vcpu, CpuWeight.Usual);

    /// <summary>It polls for a vCPU before it lets it block.</summary>
    public bool HaltPolls(EntityId vcpu) => !WithoutHaltPolling.Contains(vcpu);

    /// <summary>virtual_tsc_khz: the rate of a vCPU's TSC on this host.</summary>
    public TscFrequency TscOf(EntityId vcpu) => GuestTsc.GetValueOrDefault(vcpu, Tsc);

    private VirtualDuration PriceBetween(
        EntityId from,
        EntityId to,
        VirtualDuration within,
        VirtualDuration across
    )
    {
        int one = SocketOf(from);
        int other = SocketOf(to);
        return one == other ? within
            : Distances is null ? across
            : SocketDistances.Price(within, across, Distances.Between(one, other));
    }

    private int SocketOf(EntityId pcpu) => (pcpu.Index - Pcpus[0].Index) / PcpusPerSocket;
}

/// <summary>How the timers of one VM's vCPUs are emulated, whose entities follow each other.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Vcpus">How many there are.</param>
/// <param name="Backend">How.</param>
public readonly record struct BackendOfVm(EntityId First, int Vcpus, TimerBackend Backend);
