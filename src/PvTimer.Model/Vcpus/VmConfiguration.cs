using System.Collections.Immutable;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Vcpus;

/// <summary>What all vCPUs of a VM are built with on one host, and share.</summary>
/// <param name="Name">"web-0"; "web-0@h2" on another host than its own.</param>
/// <param name="Siblings">The VM's vCPUs by index.</param>
/// <param name="ApicIds">The x2APIC ids of the VM's vCPUs by index.</param>
/// <param name="Host">The host it lives on.</param>
/// <param name="Backend">How its timers are emulated.</param>
internal sealed record VmConfiguration(
    string Name,
    ImmutableArray<EntityId> Siblings,
    ImmutableArray<uint> ApicIds,
    HostTopology Host,
    TimerBackend Backend
)
{
    /// <summary>EOI_EXIT_BITMAP of the VMCS: vectors whose EOI exits (level-triggered ones).</summary>
    public VectorBitmap EoiExitBitmap { get; init; }

    /// <summary>KVM emulates its LAPICs.</summary>
    public bool InKernelLapic { get; init; } = true;

    /// <summary>It runs here when the run begins; otherwise a migration may bring it.</summary>
    public bool IsHome { get; init; } = true;

    /// <summary>On other hosts of the VM its timers are emulated otherwise.</summary>
    public bool ChangesBackend { get; init; }

    /// <summary>Its interrupts are posted, and its EOIs do not exit.</summary>
    public bool HasApicv { get; init; } = true;

    /// <summary>Neither does HLT exit, or it idles with MWAIT.</summary>
    public bool HaltsInGuest { get; init; }

    /// <summary>Its kernel polls before it halts, and the host does not poll for it; null: it halts at once.</summary>
    public GuestHaltPolling? HaltPolling { get; init; }

    /// <summary>In which order registers are set again.</summary>
    public ImmutableArray<RestoreStep> RestoreOrder { get; init; } = Migration.RestoreOrder.Default;

    /// <summary>What its LAPICs' counters count.</summary>
    public VirtualDuration ApicBusCycle { get; init; } = Lapic.UsualBusCycle;

    /// <summary>Its TSC has the rate of this host's; null: its own, wherever it is.</summary>
    public TscFrequency? HostTsc { get; init; }

    /// <summary>What its TSC does while it is migrated.</summary>
    public TscInDowntime TscInDowntime { get; init; }

    /// <summary>So many different latenesses of a vCPU are counted exactly.</summary>
    public int ExactLateness { get; init; } = 1;

    /// <summary>A set of vectors.</summary>
    public static VectorBitmap BitmapOf(ImmutableArray<byte> vectors)
    {
        VectorBitmap bitmap = default;
        foreach (byte vector in vectors)
        {
            bitmap.Set(vector);
        }
        return bitmap;
    }
}
