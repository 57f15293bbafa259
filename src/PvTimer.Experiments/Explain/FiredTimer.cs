using System;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Explain;

/// <summary>A timer that has just fired, with what is known of the machine at that instant.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Vcpu">Whose.</param>
/// <param name="Timer">What it went through.</param>
/// <param name="Due">Its deadline: a guest's TSC that was set may have moved it.</param>
/// <param name="Entered">The guest's interrupt entry.</param>
/// <param name="GuestEntry">What that takes.</param>
/// <param name="CpuOf">The pCPUs.</param>
internal sealed record FiredTimer(
    EmulatedMachine Machine,
    VcpuTrack Vcpu,
    TrackedTimer Timer,
    VirtualTime Due,
    VirtualTime Entered,
    VirtualDuration GuestEntry,
    Func<EntityId, CpuTrack> CpuOf
)
{
    public VirtualDuration Lateness => Entered - Due;

    public string VcpuName => Machine.Entities[Vcpu.Id.Index].Name;
}
