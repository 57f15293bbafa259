using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;

namespace PvTimer.Model.Messages;

/// <summary>pCPU to itself: its own LAPIC timer, programmed for the earliest hrtimer, goes off.</summary>
public sealed record HrtimerExpiry(VirtualTime ProgrammedFor) : Message
{
    [ThreadStatic]
    private static MessageStock<HrtimerExpiry> s_stock;

    public VirtualTime ProgrammedFor { get; private set; } = ProgrammedFor;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static HrtimerExpiry Of(VirtualTime programmedFor)
    {
        if (s_stock.Take() is not { } used)
        {
            return new HrtimerExpiry(programmedFor);
        }
        used.ProgrammedFor = programmedFor;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.HrtimerExpiry);
        digest.Add(ProgrammedFor.Nanoseconds);
    }
}

/// <summary>pCPU to itself: what it does in host mode is done, unless an interrupt came between.</summary>
public sealed record WorkDone(long Epoch) : Message
{
    [ThreadStatic]
    private static MessageStock<WorkDone> s_stock;

    public long Epoch { get; private set; } = Epoch;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static WorkDone Of(long epoch)
    {
        if (s_stock.Take() is not { } used)
        {
            return new WorkDone(epoch);
        }
        used.Epoch = epoch;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.WorkDone);
        digest.Add(Epoch);
    }
}

/// <summary>pCPU to itself: it has left idle and takes the interrupt that woke it.</summary>
public sealed record InterruptBegin : Message
{
    public static InterruptBegin Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) =>
        digest.Add((long)MessageKind.InterruptBegin);
}

/// <summary>pCPU to itself: the interrupt's handler ends.</summary>
public sealed record InterruptDone(long Epoch) : Message
{
    [ThreadStatic]
    private static MessageStock<InterruptDone> s_stock;

    public long Epoch { get; private set; } = Epoch;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static InterruptDone Of(long epoch)
    {
        if (s_stock.Take() is not { } used)
        {
            return new InterruptDone(epoch);
        }
        used.Epoch = epoch;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.InterruptDone);
        digest.Add(Epoch);
    }
}

/// <summary>To a vCPU, from the scenario: move to another pCPU of the host.</summary>
public sealed record MoveVcpu(EntityId ToPcpu) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.MoveVcpu);
        digest.Add(ToPcpu.Index);
    }
}

/// <summary>vCPU to its pCPU: move my thread.</summary>
public sealed record MoveThread(EntityId Vcpu, EntityId ToPcpu) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.MoveThread);
        digest.Add(((long)Vcpu.Index << 32) | (uint)ToPcpu.Index);
    }
}

/// <summary>pCPU to pCPU: a vCPU's thread with its armed timer moves (baseline; part 5: not with pvtimer).</summary>
public sealed record MigrateVcpu(VcpuThreadState Thread) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.MigrateVcpu);
        digest.Add(Thread.Vcpu.Index);
        digest.Add(Thread.VirtualRuntime.Nanoseconds);
        digest.Add(Thread.Timer?.Expires.Nanoseconds ?? 0);
    }
}

/// <summary>pCPU to vCPU: its thread lost the pCPU to another; notifications are suppressed until entry.</summary>
public sealed record Preempted(long Entry) : Message
{
    [ThreadStatic]
    private static MessageStock<Preempted> s_stock;

    public long Entry { get; private set; } = Entry;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static Preempted Of(long entry)
    {
        if (s_stock.Take() is not { } used)
        {
            return new Preempted(entry);
        }
        used.Entry = entry;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.Preempted);
        digest.Add(Entry);
    }
}

/// <summary>To a pCPU: cancel a vCPU's timer that is queued on yours.</summary>
/// <param name="Vcpu">Whose.</param>
/// <param name="Served">The one that the dedicated CPU armed for it, or the vCPU's own.</param>
public sealed record CancelTimer(EntityId Vcpu, bool Served) : Message
{
    [ThreadStatic]
    private static MessageStock<CancelTimer> s_stock;

    public EntityId Vcpu { get; private set; } = Vcpu;

    public bool Served { get; private set; } = Served;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static CancelTimer Of(EntityId vcpu, bool served)
    {
        if (s_stock.Take() is not { } used)
        {
            return new CancelTimer(vcpu, served);
        }
        used.Vcpu = vcpu;
        used.Served = served;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.CancelTimer);
        digest.Add(((long)Vcpu.Index << 1) | (Served ? 1L : 0L));
    }
}

/// <summary>vCPU to its pCPU: userspace changed a timer register (an ioctl, no exit).</summary>
/// <param name="Vcpu">Whose.</param>
/// <param name="Request">What it asks of the host's timers.</param>
/// <param name="CanTimerWake">Whether an expired timer wakes the vCPU from now on.</param>
/// <param name="Entry">
/// The VM-entry that was the vCPU's last: what a later one's exit asks is newer, though this may have to follow the thread
/// from pCPU to pCPU and come behind it.
/// </param>
public sealed record ProgramTimer(
    EntityId Vcpu,
    TimerRequest Request,
    bool CanTimerWake,
    long Entry
) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.ProgramTimer);
        digest.Add(((long)Vcpu.Index << 8) | ((long)Request.Kind << 1) | (CanTimerWake ? 1L : 0L));
        digest.Add(Request.Deadline.Value);
        digest.Add(Entry);
    }
}

/// <summary>To a vCPU, from userspace: KVM_SET_MSRS.</summary>
public sealed record SetMsr(uint Msr, ulong Value) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.SetMsr);
        digest.Add((long)Msr);
        digest.Add(Value);
    }
}

/// <summary>
/// To a vCPU, from userspace: its registers are read, its host timers vanish with the old process, and its
/// registers are set again (what live migration does to a timer, on one host).
/// </summary>
public sealed record SaveRestore : Message
{
    public static SaveRestore Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) => digest.Add((long)MessageKind.SaveRestore);
}
