using PvTimer.Model.Apic;
using PvTimer.Model.Guests;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Synthetic;
using PvTimer.Model.Topology;

namespace PvTimer.TestKit.Machines;

/// <summary>What a VM of a script is, beside its guest. Everything has a default.</summary>
public sealed record VmOptions
{
    /// <summary>Its own back-end; null: that of the machine.</summary>
    public TimerBackend? Backend { get; init; }

    /// <summary>What its kernels program instead of their LAPICs' timers, if they do; then it has no back-end of its own.</summary>
    public ClockEvent ClockEvent { get; init; }

    /// <summary>The rate of its TSC; null: that of the host it begins on.</summary>
    public TscFrequency? Tsc { get; init; }

    /// <summary>Its TSC keeps its rate on every host; otherwise it has its host's. A rate of its own needs it.</summary>
    public bool TscScaling { get; init; } = true;

    /// <summary>Each vCPU's TSC is so many cycles ahead of the one's before it; negative: behind.</summary>
    public long TscSkew { get; init; }

    /// <summary>What the counters of its LAPICs count: 1 ns to 1 us.</summary>
    public VirtualDuration ApicBusCycle { get; init; } = Lapic.UsualBusCycle;

    /// <summary>Its interrupts are posted, and its EOIs do not exit; some back-ends need it.</summary>
    public bool HasApicv { get; init; } = true;

    /// <summary>HLT is a VM-exit; otherwise a halted vCPU stays in guest mode.</summary>
    public bool HltExits { get; init; } = true;

    /// <summary>Its guests idle with MWAIT, which does not exit.</summary>
    public bool HasMwait { get; init; }

    /// <summary>Its guests poll before they halt, and its host does not poll for it; null: they halt at once.</summary>
    public GuestHaltPolling? GuestHaltPolling { get; init; }

    /// <summary>How much of a pCPU each vCPU may use, a quota of at least 1 ms; null: as much as it gets.</summary>
    public CpuBandwidth? Bandwidth { get; init; }

    /// <summary>The weight of each vCPU where others want the same pCPU: 1 to <see cref="CpuWeight.Most"/>.</summary>
    public int Weight { get; init; } = CpuWeight.Usual;
}
