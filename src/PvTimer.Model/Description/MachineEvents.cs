using System.Collections.Immutable;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Model.Description;

/// <summary>Something that is done to the machine from outside at a given time.</summary>
/// <param name="At">When.</param>
public abstract record MachineEvent(VirtualTime At);

/// <summary>Something that is done to a pCPU on which no vCPU runs.</summary>
/// <param name="At">When.</param>
/// <param name="Host">Index of the host.</param>
/// <param name="Pcpu">Index of the pCPU in it.</param>
public abstract record PcpuEvent(VirtualTime At, int Host, int Pcpu) : MachineEvent(At);

/// <summary>An SMI has the pCPU for a while: interrupts wait, and so does what it was doing.</summary>
/// <param name="At">When.</param>
/// <param name="Host">Index of the host.</param>
/// <param name="Pcpu">Index of the pCPU in it.</param>
/// <param name="Length">How long, more than zero.</param>
public sealed record PcpuStall(VirtualTime At, int Host, int Pcpu, VirtualDuration Length)
    : PcpuEvent(At, Host, Pcpu);

/// <summary>The pCPU is unplugged, for good.</summary>
/// <param name="At">When.</param>
/// <param name="Host">Index of the host.</param>
/// <param name="Pcpu">Index of the pCPU in it.</param>
public sealed record PcpuOffline(VirtualTime At, int Host, int Pcpu) : PcpuEvent(At, Host, Pcpu);

/// <summary>
/// Something that is done to a VM. It meets the VM where the events before it in the list have brought it;
/// those of one VM stand in the order of their times.
/// </summary>
/// <param name="At">When.</param>
/// <param name="Vm">Index of the VM.</param>
public abstract record VmEvent(VirtualTime At, int Vm) : MachineEvent(At);

/// <summary>A VM is migrated to another host while it runs.</summary>
/// <param name="At">When the first round begins.</param>
/// <param name="Vm">Index of the VM.</param>
/// <param name="ToHost">Index of a host that it is not on then.</param>
/// <param name="Pcpus">For each vCPU its pCPU there, unless the VM has been there before.</param>
public sealed record VmMigration(VirtualTime At, int Vm, int ToHost, ImmutableArray<int> Pcpus)
    : VmEvent(At, Vm);

/// <summary>Userspace pauses a VM for a while: its vCPUs stay out of KVM_RUN, its timers and its TSC go on.</summary>
/// <param name="At">When.</param>
/// <param name="Vm">Index of the VM.</param>
/// <param name="Length">How long, more than zero.</param>
public sealed record VmPause(VirtualTime At, int Vm, VirtualDuration Length) : VmEvent(At, Vm);

/// <summary>
/// Something that is done to one vCPU. While its VM is on the way to another host, it is done on arrival.
/// </summary>
/// <param name="At">When.</param>
/// <param name="Vm">Index of the VM.</param>
/// <param name="Vcpu">Index of the vCPU in its VM.</param>
public abstract record VcpuEvent(VirtualTime At, int Vm, int Vcpu) : VmEvent(At, Vm);

/// <summary>A vCPU moves to another pCPU of the host that its VM is on.</summary>
/// <param name="At">When.</param>
/// <param name="Vm">Index of the VM.</param>
/// <param name="Vcpu">Index of the vCPU in its VM.</param>
/// <param name="ToPcpu">Index of the pCPU in that host.</param>
public sealed record VcpuMove(VirtualTime At, int Vm, int Vcpu, int ToPcpu)
    : VcpuEvent(At, Vm, Vcpu);

/// <summary>A <see cref="CommandedGuest"/> is told to do something.</summary>
/// <param name="At">When.</param>
/// <param name="Vm">Index of the VM.</param>
/// <param name="Vcpu">Index of the vCPU in its VM.</param>
/// <param name="Instructions">What, behind what it was told before.</param>
/// <param name="Handler">What its interrupt handlers do from then on before the EOI; null: as before.</param>
public sealed record VcpuCommand(
    VirtualTime At,
    int Vm,
    int Vcpu,
    ImmutableArray<GuestInstruction> Instructions,
    ImmutableArray<GuestInstruction>? Handler
) : VcpuEvent(At, Vm, Vcpu);

/// <summary>A device raises an interrupt.</summary>
/// <param name="At">When.</param>
/// <param name="Vm">Index of the VM.</param>
/// <param name="Vcpu">Index of the vCPU in its VM.</param>
/// <param name="Vector">16 to 255.</param>
public sealed record VcpuInterrupt(VirtualTime At, int Vm, int Vcpu, byte Vector)
    : VcpuEvent(At, Vm, Vcpu);

/// <summary>Userspace sets a register: KVM_SET_MSRS.</summary>
/// <param name="At">When.</param>
/// <param name="Vm">Index of the VM.</param>
/// <param name="Vcpu">Index of the vCPU in its VM.</param>
/// <param name="Msr">Which.</param>
/// <param name="Value">Its value from then on.</param>
public sealed record VcpuSetMsr(VirtualTime At, int Vm, int Vcpu, uint Msr, ulong Value)
    : VcpuEvent(At, Vm, Vcpu);

/// <summary>
/// Userspace reads a vCPU's registers and sets them again in a new process, on the same host.
/// </summary>
/// <param name="At">When.</param>
/// <param name="Vm">Index of the VM.</param>
/// <param name="Vcpu">Index of the vCPU in its VM.</param>
public sealed record VcpuSaveRestore(VirtualTime At, int Vm, int Vcpu) : VcpuEvent(At, Vm, Vcpu);
