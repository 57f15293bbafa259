using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Migration;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;

namespace PvTimer.TestKit.Machines;

/// <summary>What the hosts of a script are, all of them alike. Everything has a default.</summary>
public sealed record HostOptions
{
    /// <summary>What guests and costs draw by chance comes from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>pCPUs of each host, at least 1.</summary>
    public int Pcpus { get; init; } = 2;

    /// <summary>A divisor of the pCPUs.</summary>
    public int Sockets { get; init; } = 1;

    /// <summary>How far the sockets are from each other; null: all as far as the costs are for.</summary>
    public SocketDistances? Distances { get; init; }

    /// <summary>The dedicated pCPU; null: there is none.</summary>
    public int? TimerCpu { get; init; } = 1;

    /// <summary>vCPUs may run on the dedicated pCPU, too.</summary>
    public bool TimerCpuShared { get; init; }

    /// <summary>How guests' timers are emulated.</summary>
    public TimerBackend Backend { get; init; } = TimerBackends.PvTimer;

    /// <summary>Scan period, padding, variant, flaws and all else about pvtimer.</summary>
    public PvTimerParameters PvTimer { get; init; } = new();

    /// <summary>What things cost; round figures by default.</summary>
    public CostProfile Costs { get; init; } = SimpleCosts.Plausible;

    /// <summary>KVM's `halt_poll_ns`; zero: never poll, which is the default here.</summary>
    public VirtualDuration HaltPoll { get; init; }

    /// <summary>How the halt-polling window grows and shrinks.</summary>
    public HaltPolling HaltPolling { get; init; } = HaltPolling.Default;

    /// <summary>KVM's `lapic_timer_advance_ns`; zero: off.</summary>
    public VirtualDuration TimerAdvance { get; init; }

    /// <summary>KVM tunes the advance of each vCPU; <see cref="TimerAdvance"/> is zero then.</summary>
    public bool TunesTimerAdvance { get; init; }

    /// <summary>vCPUs have the VMX preemption timer.</summary>
    public bool HvTimer { get; init; }

    /// <summary>The host TSC's frequency.</summary>
    public TscFrequency Tsc { get; init; } = TscFrequency.FromMegahertz(2_500);

    /// <summary>How VMs are migrated, if there are several hosts.</summary>
    public MigrationParameters Migration { get; init; } = new();

    /// <summary>One way between two hosts, if there are several.</summary>
    public VirtualDuration NetworkLatency { get; init; } = VirtualDuration.FromMicroseconds(50);

    /// <summary>What a test says of a host in numbers.</summary>
    internal static HostOptions Of(
        int pcpus,
        int? timerCpu,
        VirtualDuration? scanPeriod,
        TimerBackend? backend
    )
    {
        HostOptions options = new()
        {
            Pcpus = pcpus,
            TimerCpu = timerCpu ?? pcpus - 1,
            Backend = backend ?? TimerBackends.PvTimer,
        };
        return scanPeriod is { } period
            ? options with
            {
                PvTimer = options.PvTimer with { ScanPeriod = period },
            }
            : options;
    }
}
