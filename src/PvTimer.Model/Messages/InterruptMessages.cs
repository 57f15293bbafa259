using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Model.Messages;

/// <summary>
/// Someone posted an interrupt into a vCPU's descriptor: the PIR bit is visible, and if ON was clear the
/// notification is on its way.
/// </summary>
/// <param name="Vector">The vector; ignored for an LVT timer interrupt, whose vector the LVT holds.</param>
/// <param name="FromPcpu">The pCPU that posted.</param>
/// <param name="Deadline">The deadline that expired, for an LVT timer interrupt; else null.</param>
/// <param name="Next">Periodic mode: the target expiration of its timer after that; else null.</param>
public sealed record PostedInterrupt(
    byte Vector,
    EntityId FromPcpu,
    TscTicks? Deadline,
    VirtualTime? Next = null
) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.PostedInterrupt);
        digest.Add(((long)FromPcpu.Index << 8) | Vector);
        digest.Add(Deadline?.Value ?? 0);
        digest.Add(Next?.Nanoseconds ?? 0);
    }
}

/// <summary>To a vCPU: an NMI, an INIT or a start-up IPI, which no LAPIC register holds.</summary>
/// <param name="Mode">Which of them.</param>
/// <param name="Vector">Start-up: the page that it starts in.</param>
/// <param name="FromPcpu">The pCPU that sent it.</param>
public sealed record InterruptMessage(DeliveryMode Mode, byte Vector, EntityId FromPcpu) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.InterruptMessage);
        digest.Add(((long)FromPcpu.Index << 16) | ((long)Mode << 8) | Vector);
    }
}

/// <summary>To the pCPU of a vCPU in guest mode: have it leave (kvm_vcpu_kick).</summary>
/// <param name="Vcpu">Who.</param>
/// <param name="Entry">Its last entry: once it has left, the kick is void.</param>
public sealed record KickVcpu(EntityId Vcpu, long Entry) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.KickVcpu);
        digest.Add(Vcpu.Index);
        digest.Add(Entry);
    }
}

/// <summary>The notification of a posted interrupt arrives at the pCPU in NDST.</summary>
public sealed record Notification : Message
{
    public static Notification Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) =>
        digest.Add((long)MessageKind.Notification);
}

/// <summary>An interrupt from outside the guest: a device that a recording shows.</summary>
public sealed record DeviceInterrupt(byte Vector) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.DeviceInterrupt);
        digest.Add(Vector);
    }
}

/// <summary>To the pCPU of a vCPU that is not in guest mode: it has something to run for.</summary>
/// <param name="Vcpu">Who.</param>
/// <param name="Entry">Its last entry: once it was entered again, the wake-up is void.</param>
public sealed record Wake(EntityId Vcpu, long Entry) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.Wake);
        digest.Add(Vcpu.Index);
        digest.Add(Entry);
    }
}

/// <summary>
/// The doorbell (part 4 of the series): an asynchronous function-call IPI that has the dedicated CPU
/// synchronise one vCPU.
/// </summary>
public sealed record Ipi(EntityId Vcpu) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.Ipi);
        digest.Add(Vcpu.Index);
    }
}

/// <summary>To itself: the guest instruction in progress ends, unless something came between.</summary>
public sealed record GuestProgress(long Epoch) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.GuestProgress);
        digest.Add(Epoch);
    }
}
