using System.Collections.Immutable;
using PvTimer.Model.Events;

namespace PvTimer.Model.Description;

/// <summary>A VM's place on one host: its own, or one that it is migrated to at some time.</summary>
/// <param name="Vm">Index of the VM.</param>
/// <param name="Host">Index of the host.</param>
/// <param name="Name">"web-0" on its own host, "web-0@h2" on another.</param>
/// <param name="Pcpus">For each vCPU the pCPU that it starts on there.</param>
/// <param name="IsHome">The VM is here when the run begins.</param>
/// <param name="Vcpus">The entities of its vCPUs there.</param>
/// <param name="Migration">The entity that brings it there and away; null: it never leaves its host.</param>
internal sealed record Residence(
    int Vm,
    int Host,
    string Name,
    ImmutableArray<int> Pcpus,
    bool IsHome,
    ImmutableArray<EntityId> Vcpus,
    EntityId? Migration
);
