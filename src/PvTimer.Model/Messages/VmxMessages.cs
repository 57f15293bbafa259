using System;
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
    [ThreadStatic]
    private static MessageStock<VmExit> s_stock;

    public EntityId Vcpu { get; private set; } = Vcpu;

    public VmExitReason Reason { get; private set; } = Reason;

    public uint Msr { get; private set; } = Msr;

    public VirtualTime LeftGuestAt { get; private set; } = LeftGuestAt;

    public TimerRequest Timer { get; private set; } = Timer;

    public GuestIpi? Ipi { get; private set; } = Ipi;

    public bool CanTimerWake { get; private set; } = CanTimerWake;

    public VirtualDuration Handling { get; private set; } = Handling;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static VmExit Of(
        EntityId vcpu,
        VmExitReason reason,
        uint msr,
        VirtualTime leftGuestAt,
        TimerRequest timer,
        GuestIpi? ipi,
        bool canTimerWake,
        VirtualDuration handling = default
    )
    {
        if (s_stock.Take() is not { } used)
        {
            return new VmExit(vcpu, reason, msr, leftGuestAt, timer, ipi, canTimerWake, handling);
        }
        used.Vcpu = vcpu;
        used.Reason = reason;
        used.Msr = msr;
        used.LeftGuestAt = leftGuestAt;
        used.Timer = timer;
        used.Ipi = ipi;
        used.CanTimerWake = canTimerWake;
        used.Handling = handling;
        return used;
    }

    private bool _isKept;
    private bool _isLetGo;

    /// <summary>The receiver keeps it after its step, until <see cref="Release"/>.</summary>
    public void Keep() => _isKept = true;

    /// <summary>The receiver does not need it any more.</summary>
    public void Release()
    {
        _isKept = false;
        if (_isLetGo)
        {
            _isLetGo = false;
            s_stock.Put(this);
        }
    }

    /// <inheritdoc/>
    public override void Recycle()
    {
        _isLetGo = _isKept;
        if (!_isKept)
        {
            s_stock.Put(this);
        }
    }

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.VmExit);
        digest.Add(((long)Reason << 32) | Msr);
        digest.Add(LeftGuestAt.Nanoseconds);
        digest.Add(((long)Timer.Kind << 1) | (CanTimerWake ? 1L : 0L));
        digest.Add(Timer.Deadline.Value);
        if (Ipi is not null)
        {
            digest.Add((Ipi.IsLevel ? 1L << 16 : 0) | ((long)Ipi.Mode << 8) | Ipi.Vector);
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

/// <summary>An IPI that a guest sent: how it is delivered, the vector, its trigger mode, and the vCPUs it goes to.</summary>
public sealed record GuestIpi(
    DeliveryMode Mode,
    byte Vector,
    bool IsLevel,
    ImmutableArray<EntityId> Targets
);

/// <summary>pCPU to vCPU: guest mode begins.</summary>
/// <param name="Pcpu">Where.</param>
/// <param name="Entry">The vCPU's entries, counted: an interrupt meant for an earlier one is void.</param>
/// <param name="Expired">
/// The deadline of a timer that expired and is injected now; null if none did.
/// </param>
/// <param name="Next">Periodic mode: the target expiration of its timer after that; else null.</param>
/// <param name="CounterIsAtZero">
/// The preemption timer is: it exits before any instruction (SDM vol. 3C, 26.5.1).
/// </param>
public sealed record VmEntry(
    EntityId Pcpu,
    long Entry,
    TscTicks? Expired,
    VirtualTime? Next = null,
    bool CounterIsAtZero = false
) : Message
{
    [ThreadStatic]
    private static MessageStock<VmEntry> s_stock;

    public EntityId Pcpu { get; private set; } = Pcpu;

    public long Entry { get; private set; } = Entry;

    public TscTicks? Expired { get; private set; } = Expired;

    public VirtualTime? Next { get; private set; } = Next;

    public bool CounterIsAtZero { get; private set; } = CounterIsAtZero;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static VmEntry Of(
        EntityId pcpu,
        long entry,
        TscTicks? expired,
        VirtualTime? next = null,
        bool counterIsAtZero = false
    )
    {
        if (s_stock.Take() is not { } used)
        {
            return new VmEntry(pcpu, entry, expired, next, counterIsAtZero);
        }
        used.Pcpu = pcpu;
        used.Entry = entry;
        used.Expired = expired;
        used.Next = next;
        used.CounterIsAtZero = counterIsAtZero;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.VmEntry);
        digest.Add(Pcpu.Index);
        digest.Add(Entry);
        digest.Add(Expired?.Value ?? 0);
        digest.Add(Next?.Nanoseconds ?? 0);
        if (CounterIsAtZero)
        {
            digest.Add(1);
        }
    }
}

/// <summary>
/// pCPU to vCPU: an interrupt for the host arrived at the core; in guest mode that is a VM-exit
/// EXTERNAL_INTERRUPT.
/// </summary>
public sealed record HostInterrupt(long Entry) : Message
{
    [ThreadStatic]
    private static MessageStock<HostInterrupt> s_stock;

    public long Entry { get; private set; } = Entry;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static HostInterrupt Of(long entry)
    {
        if (s_stock.Take() is not { } used)
        {
            return new HostInterrupt(entry);
        }
        used.Entry = entry;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

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
