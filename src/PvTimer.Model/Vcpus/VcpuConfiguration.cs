using System.Collections.Immutable;
using System.Globalization;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Vcpus;

/// <summary>What a vCPU is built with and never changes.</summary>
/// <param name="Vm">What it shares with the others of its VM.</param>
/// <param name="Id">Its entity.</param>
/// <param name="Index">Its index in its VM.</param>
/// <param name="Pcpu">The pCPU it starts on.</param>
/// <param name="Clock">The guest's TSC when the run begins.</param>
/// <param name="Program">What it runs.</param>
internal sealed record VcpuConfiguration(
    VmConfiguration Vm,
    EntityId Id,
    int Index,
    EntityId Pcpu,
    TscClock Clock,
    IGuestProgram Program
)
{
    /// <summary>"web-0/vcpu-1".</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Vm.Name}/vcpu-{Index}");

    /// <inheritdoc cref="VmConfiguration.Siblings"/>
    public ImmutableArray<EntityId> Siblings => Vm.Siblings;

    /// <inheritdoc cref="VmConfiguration.ApicIds"/>
    public ImmutableArray<uint> ApicIds => Vm.ApicIds;

    /// <inheritdoc cref="VmConfiguration.Host"/>
    public HostTopology Host => Vm.Host;

    /// <inheritdoc cref="VmConfiguration.Backend"/>
    public TimerBackend Backend => Vm.Backend;

    /// <inheritdoc cref="VmConfiguration.EoiExitBitmap"/>
    public VectorBitmap EoiExitBitmap => Vm.EoiExitBitmap;

    /// <inheritdoc cref="VmConfiguration.InKernelLapic"/>
    public bool InKernelLapic => Vm.InKernelLapic;

    /// <summary>It boots the others: INIT does not have it wait for a start-up IPI.</summary>
    public bool IsBootstrapProcessor => Index == 0;

    /// <inheritdoc cref="VmConfiguration.IsHome"/>
    public bool IsHome => Vm.IsHome;

    /// <inheritdoc cref="VmConfiguration.ChangesBackend"/>
    public bool ChangesBackend => Vm.ChangesBackend;

    /// <inheritdoc cref="VmConfiguration.HasApicv"/>
    public bool HasApicv => Vm.HasApicv;

    /// <inheritdoc cref="VmConfiguration.HaltsInGuest"/>
    public bool HaltsInGuest => Vm.HaltsInGuest;

    /// <inheritdoc cref="VmConfiguration.HaltPolling"/>
    public GuestHaltPolling? HaltPolling => Vm.HaltPolling;

    /// <inheritdoc cref="VmConfiguration.RestoreOrder"/>
    public ImmutableArray<RestoreStep> RestoreOrder => Vm.RestoreOrder;

    /// <inheritdoc cref="VmConfiguration.HostTsc"/>
    public TscFrequency? HostTsc => Vm.HostTsc;

    /// <inheritdoc cref="VmConfiguration.TscInDowntime"/>
    public TscInDowntime TscInDowntime => Vm.TscInDowntime;

    /// <summary>Its LAPIC as it is after a reset.</summary>
    public Lapic CreateLapic() => new(Clock, ApicIds[Index], IsBootstrapProcessor, Vm.ApicBusCycle);
}
