using System.Collections.Immutable;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Messages;

/// <summary>vCPU to pCPU: the vCPU left guest mode, and what KVM has to do about it.</summary>
/// <param name="Vcpu">Who left.</param>
/// <param name="Reason">Why.</param>
/// <param name="Msr">The register, for MSR_WRITE and MSR_READ.</param>
/// <param name="LeftGuestAt">When the last guest instruction retired.</param>
/// <param name="Timer">What the exit asks of the host's timers.</param>
/// <param name="Ipi">The IPI that a write of the ICR asks for; null if none.</param>
/// <param name="CanTimerWake">HLT: whether an expiring timer would wake the vCPU (LVT not masked).</param>
/// <param name="Handling">How long KVM handles it; zero: as long as the host's costs say.</param>
public sealed record VmExit(
    EntityId Vcpu,
    VmExitReason Reason,
    uint Msr,
    VirtualTime LeftGuestAt,
    TimerRequest Timer,
    GuestIpi? Ipi,
    bool CanTimerWake,
    VirtualDuration Handling = default
) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.VmExit);
        digest.Add(((long)Reason << 32) | Msr);
        digest.Add(LeftGuestAt.Nanoseconds);
        digest.Add(((long)Timer.Kind << 1) | (CanTimerWake ? 1L : 0L));
        digest.Add(Timer.Deadline.Value);
        if (Ipi is not null)
        {
            digest.Add(((long)Ipi.Mode << 8) | Ipi.Vector);
            foreach (EntityId target in Ipi.Targets)
            {
                digest.Add(target.Index);
            }
        }
        if (Handling > VirtualDuration.Zero)
        {
            digest.Add(Handling.Nanoseconds);
        }
    }
}

/// <summary>An IPI that a guest sent: how it is delivered, the vector, and the vCPUs it goes to.</summary>
public sealed record GuestIpi(DeliveryMode Mode, byte Vector, ImmutableArray<EntityId> Targets);

/// <summary>pCPU to vCPU: guest mode begins.</summary>
/// <param name="Pcpu">Where.</param>
/// <param name="Entry">The vCPU's entries, counted: an interrupt meant for an earlier one is void.</param>
/// <param name="Expired">
/// The deadline of a timer that expired and is injected now; null if none did.
/// </param>
/// <param name="Next">Periodic mode: the target expiration of its timer after that; else null.</param>
public sealed record VmEntry(EntityId Pcpu, long Entry, TscTicks? Expired, VirtualTime? Next = null)
    : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.VmEntry);
        digest.Add(Pcpu.Index);
        digest.Add(Entry);
        digest.Add(Expired?.Value ?? 0);
        digest.Add(Next?.Nanoseconds ?? 0);
    }
}

/// <summary>
/// pCPU to vCPU: an interrupt for the host arrived at the core; in guest mode that is a VM-exit
/// EXTERNAL_INTERRUPT.
/// </summary>
public sealed record HostInterrupt(long Entry) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.HostInterrupt);
        digest.Add(Entry);
    }
}

/// <summary>
/// pCPU to vCPU: system management mode has the core for this long. It causes no VM-exit; the guest stands still.
/// </summary>
public sealed record SystemManagement(long Entry, VirtualDuration Length) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.SystemManagement);
        digest.Add(Entry);
        digest.Add(Length.Nanoseconds);
    }
}
