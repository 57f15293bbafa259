using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Processors;

namespace PvTimer.Model.Recording;

/// <summary>Where a pCPU stands after a step.</summary>
public sealed class PcpuStance
{
    private readonly Pcpu _pcpu;

    internal PcpuStance(Pcpu pcpu) => _pcpu = pcpu;

    /// <summary>What it does: "Idle", "LeavingIdle", "Guest", "HostWork", "Interrupt" or "Offline".</summary>
    public string Doing => _pcpu.Doing;

    /// <summary>The vCPU whose thread has it; null: none.</summary>
    public EntityId? Current => _pcpu.CurrentVcpu;

    /// <summary>The threads that are here, in the order of their vCPUs.</summary>
    public IEnumerable<(EntityId Vcpu, VcpuRunState State)> Threads => _pcpu.Threads;
}
