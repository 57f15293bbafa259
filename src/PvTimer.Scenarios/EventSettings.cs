using System.Collections.Immutable;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Scenarios;

/// <summary>Something that is done to the machine from outside at a given time.</summary>
/// <param name="At">After the run's start.</param>
public abstract record EventSettings(VirtualDuration At);

/// <summary>Something that is done to a pCPU on which no vCPU runs: the timer CPU.</summary>
/// <param name="At">After the run's start.</param>
/// <param name="Host">The host's number.</param>
/// <param name="Pcpu">Its number in the host.</param>
public abstract record PcpuEventSettings(VirtualDuration At, int Host, int Pcpu)
    : EventSettings(At);

/// <summary>An SMI has the pCPU for a while.</summary>
/// <param name="At">After the run's start.</param>
/// <param name="Host">The host's number.</param>
/// <param name="Pcpu">Its number in the host.</param>
/// <param name="Length">How long, more than zero.</param>
public sealed record StallSettings(VirtualDuration At, int Host, int Pcpu, VirtualDuration Length)
    : PcpuEventSettings(At, Host, Pcpu);

/// <summary>The pCPU is unplugged, for good.</summary>
/// <param name="At">After the run's start.</param>
/// <param name="Host">The host's number.</param>
/// <param name="Pcpu">Its number in the host.</param>
public sealed record OfflineSettings(VirtualDuration At, int Host, int Pcpu)
    : PcpuEventSettings(At, Host, Pcpu);

/// <summary>Something that is done to a VM.</summary>
/// <param name="At">After the run's start.</param>
/// <param name="Vm">An instance's name: "web-0".</param>
public abstract record VmEventSettings(VirtualDuration At, string Vm) : EventSettings(At);

/// <summary>A VM is migrated to another host.</summary>
/// <param name="At">After the run's start.</param>
/// <param name="Vm">An instance's name: "web-0".</param>
/// <param name="ToHost">The host's number.</param>
public sealed record MigrateSettings(VirtualDuration At, string Vm, int ToHost)
    : VmEventSettings(At, Vm);

/// <summary>A VM is paused for a while.</summary>
/// <param name="At">After the run's start.</param>
/// <param name="Vm">An instance's name: "web-0".</param>
/// <param name="Length">How long, more than zero.</param>
public sealed record PauseSettings(VirtualDuration At, string Vm, VirtualDuration Length)
    : VmEventSettings(At, Vm);

/// <summary>Something that is done to a vCPU.</summary>
/// <param name="At">After the run's start.</param>
/// <param name="Vm">An instance's name: "web-0".</param>
/// <param name="Vcpu">Its index in the VM.</param>
public abstract record VcpuEventSettings(VirtualDuration At, string Vm, int Vcpu)
    : VmEventSettings(At, Vm);

/// <summary>A vCPU moves to another pCPU.</summary>
/// <param name="At">After the run's start.</param>
/// <param name="Vm">An instance's name: "web-0".</param>
/// <param name="Vcpu">Its index in the VM.</param>
/// <param name="ToPcpu">A pCPU of the host that the VM is on then.</param>
public sealed record MoveSettings(VirtualDuration At, string Vm, int Vcpu, int ToPcpu)
    : VcpuEventSettings(At, Vm, Vcpu);

/// <summary>A <see cref="CommandedGuest"/> is told to do something.</summary>
/// <param name="At">After the run's start.</param>
/// <param name="Vm">An instance's name: "web-0".</param>
/// <param name="Vcpu">Its index in the VM.</param>
/// <param name="Instructions">What, behind what it was told before.</param>
/// <param name="Handler">What its interrupt handlers do from then on before the EOI; null: as before.</param>
public sealed record CommandSettings(
    VirtualDuration At,
    string Vm,
    int Vcpu,
    ImmutableArray<GuestInstruction> Instructions,
    ImmutableArray<GuestInstruction>? Handler
) : VcpuEventSettings(At, Vm, Vcpu);

/// <summary>A device raises an interrupt.</summary>
/// <param name="At">After the run's start.</param>
/// <param name="Vm">An instance's name: "web-0".</param>
/// <param name="Vcpu">Its index in the VM.</param>
/// <param name="Vector">16 to 255.</param>
public sealed record InterruptSettings(VirtualDuration At, string Vm, int Vcpu, byte Vector)
    : VcpuEventSettings(At, Vm, Vcpu);

/// <summary>Userspace sets a register: KVM_SET_MSRS.</summary>
/// <param name="At">After the run's start.</param>
/// <param name="Vm">An instance's name: "web-0".</param>
/// <param name="Vcpu">Its index in the VM.</param>
/// <param name="Msr">Which.</param>
/// <param name="Value">Its value from then on.</param>
public sealed record SetMsrSettings(VirtualDuration At, string Vm, int Vcpu, uint Msr, ulong Value)
    : VcpuEventSettings(At, Vm, Vcpu);

/// <summary>Userspace saves and restores a vCPU on the host that it is on.</summary>
/// <param name="At">After the run's start.</param>
/// <param name="Vm">An instance's name: "web-0".</param>
/// <param name="Vcpu">Its index in the VM.</param>
public sealed record SaveRestoreSettings(VirtualDuration At, string Vm, int Vcpu)
    : VcpuEventSettings(At, Vm, Vcpu);
