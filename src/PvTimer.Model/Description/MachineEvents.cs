using System.Collections.Immutable;
using PvTimer.Model.Time;

namespace PvTimer.Model.Description;

/// <summary>
/// Something that is done to a VM from outside at a given time. It meets the VM where the events before it
/// in the list have brought it; those of one VM stand in the order of their times.
/// </summary>
/// <param name="At">When.</param>
/// <param name="Vm">Index of the VM.</param>
public abstract record MachineEvent(VirtualTime At, int Vm);

/// <summary>One vCPU moves to another pCPU of the host that its VM is on.</summary>
/// <param name="At">When.</param>
/// <param name="Vm">Index of the VM.</param>
/// <param name="Vcpu">Index of the vCPU in its VM.</param>
/// <param name="ToPcpu">Index of the pCPU in that host.</param>
public sealed record VcpuMove(VirtualTime At, int Vm, int Vcpu, int ToPcpu) : MachineEvent(At, Vm);

/// <summary>A VM is migrated to another host while it runs.</summary>
/// <param name="At">When the first round begins.</param>
/// <param name="Vm">Index of the VM.</param>
/// <param name="ToHost">Index of a host that it is not on then.</param>
/// <param name="Pcpus">For each vCPU its pCPU there, unless the VM has been there before.</param>
public sealed record VmMigration(VirtualTime At, int Vm, int ToHost, ImmutableArray<int> Pcpus)
    : MachineEvent(At, Vm);
