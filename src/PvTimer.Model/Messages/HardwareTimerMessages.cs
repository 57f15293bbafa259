using System;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Time;

namespace PvTimer.Model.Messages;

/// <summary>To the pCPU itself: the preemption timer of a vCPU has counted down, if it was in guest mode until then.</summary>
/// <param name="Vcpu">Whose.</param>
/// <param name="Due">What it counted to: another value was loaded since, if it is another one.</param>
public sealed record PreemptionTimerZero(EntityId Vcpu, VirtualTime Due) : Message
{
    [ThreadStatic]
    private static MessageStock<PreemptionTimerZero> s_stock;

    public EntityId Vcpu { get; private set; } = Vcpu;

    public VirtualTime Due { get; private set; } = Due;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static PreemptionTimerZero Of(EntityId vcpu, VirtualTime due)
    {
        if (s_stock.Take() is not { } used)
        {
            return new PreemptionTimerZero(vcpu, due);
        }
        used.Vcpu = vcpu;
        used.Due = due;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.PreemptionTimerZero);
        digest.Add(Vcpu.Index);
        digest.Add(Due.Nanoseconds);
    }
}

/// <summary>pCPU to vCPU: its preemption timer is at 0; in guest mode that is a VM-exit PREEMPTION_TIMER.</summary>
/// <param name="Entry">In which stay in guest mode.</param>
public sealed record PreemptionTimerExit(long Entry) : Message
{
    [ThreadStatic]
    private static MessageStock<PreemptionTimerExit> s_stock;

    public long Entry { get; private set; } = Entry;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static PreemptionTimerExit Of(long entry)
    {
        if (s_stock.Take() is not { } used)
        {
            return new PreemptionTimerExit(entry);
        }
        used.Entry = entry;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.PreemptionTimerExit);
        digest.Add(Entry);
    }
}

/// <summary>pCPU to pCPU: a vCPU's timer is queued on yours (an hrtimer that is not pinned).</summary>
public sealed record QueueTimer(Hrtimer Timer) : Message
{
    [ThreadStatic]
    private static MessageStock<QueueTimer> s_stock;

    public Hrtimer Timer { get; private set; } = Timer;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static QueueTimer Of(Hrtimer timer)
    {
        if (s_stock.Take() is not { } used)
        {
            return new QueueTimer(timer);
        }
        used.Timer = timer;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.QueueTimer);
        digest.Add(Timer.Owner.Index);
        digest.Add(Timer.Expires.Nanoseconds);
    }
}

/// <summary>To the vCPU itself: the deadline that the processor holds for it has come.</summary>
/// <param name="Due">Which: another one was written since, if it is another one.</param>
public sealed record DeadlineReached(VirtualTime Due) : Message
{
    [ThreadStatic]
    private static MessageStock<DeadlineReached> s_stock;

    public VirtualTime Due { get; private set; } = Due;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static DeadlineReached Of(VirtualTime due)
    {
        if (s_stock.Take() is not { } used)
        {
            return new DeadlineReached(due);
        }
        used.Due = due;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.DeadlineReached);
        digest.Add(Due.Nanoseconds);
    }
}
