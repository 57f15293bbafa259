using PvTimer.Model.Apic;
using PvTimer.Model.Chance;
using PvTimer.Model.Costs;
using PvTimer.Model.Time;

namespace PvTimer.Model.Guests;

/// <summary>Which vCPU a program is for, and what it may know of its place.</summary>
/// <param name="Vcpu">Index of the vCPU in its VM.</param>
/// <param name="Vcpus">How many vCPUs the VM has.</param>
/// <param name="Clock">The guest's TSC.</param>
/// <param name="Costs">Costs of the host: a replay takes the recorded exits' time out of the think times.</param>
/// <param name="Chance">The vCPU's own stream of random numbers.</param>
public sealed record GuestSeat(
    int Vcpu,
    int Vcpus,
    TscClock Clock,
    CostProfile Costs,
    PhiloxSequence Chance
)
{
    /// <summary>What its LAPIC's counter counts: what a kernel measures when it boots.</summary>
    public VirtualDuration ApicBusCycle { get; init; } = Lapic.UsualBusCycle;
}
