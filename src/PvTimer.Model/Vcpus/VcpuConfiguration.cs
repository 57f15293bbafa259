using System.Collections.Immutable;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Vcpus;

/// <summary>What a vCPU is built with and never changes.</summary>
/// <param name="Id">Its entity.</param>
/// <param name="Name">"web-0/vcpu-1".</param>
/// <param name="Index">Its index in its VM.</param>
/// <param name="Siblings">The VM's vCPUs by index, itself included.</param>
/// <param name="ApicIds">The x2APIC ids of the VM's vCPUs by index.</param>
/// <param name="Host">The host it lives on.</param>
/// <param name="Pcpu">The pCPU it starts on.</param>
/// <param name="Clock">The guest's TSC when the run begins.</param>
/// <param name="Backend">How its timer is emulated.</param>
/// <param name="EoiExitVectors">Vectors whose EOI exits (level-triggered ones).</param>
/// <param name="InKernelLapic">KVM emulates its LAPIC.</param>
/// <param name="Program">What it runs.</param>
internal sealed record VcpuConfiguration(
    EntityId Id,
    string Name,
    int Index,
    ImmutableArray<EntityId> Siblings,
    ImmutableArray<uint> ApicIds,
    HostTopology Host,
    EntityId Pcpu,
    TscClock Clock,
    TimerBackend Backend,
    ImmutableArray<byte> EoiExitVectors,
    bool InKernelLapic,
    IGuestProgram Program
)
{
    /// <summary>EOI_EXIT_BITMAP of the VMCS.</summary>
    public VectorBitmap EoiExitBitmap { get; } = BitmapOf(EoiExitVectors);

    /// <summary>It boots the others: INIT does not have it wait for a start-up IPI.</summary>
    public bool IsBootstrapProcessor => Index == 0;

    /// <summary>It runs here when the run begins; otherwise a migration may bring it.</summary>
    public bool IsHome { get; init; } = true;

    /// <summary>On other hosts of its VM its timer is emulated otherwise.</summary>
    public bool ChangesBackend { get; init; }

    /// <summary>Its interrupts are posted, and its EOIs do not exit.</summary>
    public bool HasApicv { get; init; } = true;

    /// <summary>Neither does HLT exit, or it idles with MWAIT.</summary>
    public bool HaltsInGuest { get; init; }

    /// <summary>Its kernel polls before it halts, and the host does not poll for it; null: it halts at once.</summary>
    public GuestHaltPolling? HaltPolling { get; init; }

    /// <summary>In which order its registers are set again.</summary>
    public ImmutableArray<RestoreStep> RestoreOrder { get; init; } = Migration.RestoreOrder.Default;

    /// <summary>What its LAPIC's counter counts.</summary>
    public VirtualDuration ApicBusCycle { get; init; } = Lapic.UsualBusCycle;

    /// <summary>Its TSC has the rate of this host's; null: its own, wherever it is.</summary>
    public TscFrequency? HostTsc { get; init; }

    /// <summary>What its TSC does while it is migrated.</summary>
    public TscInDowntime TscInDowntime { get; init; }

    /// <summary>Its LAPIC as it is after a reset.</summary>
    public Lapic CreateLapic() => new(Clock, ApicIds[Index], IsBootstrapProcessor, ApicBusCycle);

    private static VectorBitmap BitmapOf(ImmutableArray<byte> vectors)
    {
        VectorBitmap bitmap = default;
        foreach (byte vector in vectors)
        {
            bitmap.Set(vector);
        }
        return bitmap;
    }
}
