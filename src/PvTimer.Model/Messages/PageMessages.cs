using System;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Model.Messages;

/// <summary>A field of `pvtimer_vcpu_event_info`.</summary>
public enum PageField
{
    /// <summary>Written by the guest, taken (zeroed) by the host.</summary>
    ExpireTsc,

    /// <summary>Written by the host, read by the guest.</summary>
    NextSyncTsc,
}

/// <summary>A store to a shared page becomes visible to the other side, a line transfer after it was made.</summary>
/// <param name="Vcpu">Whose page.</param>
/// <param name="Field">Which field.</param>
/// <param name="Value">
/// Guest TSC. From the host, with <see cref="PageField.ExpireTsc"/>: what it found there and zeroed.
/// </param>
/// <param name="Pcpu">Where the writer runs.</param>
/// <param name="Disarms">With <see cref="PageField.ExpireTsc"/>: nothing is armed any more.</param>
public sealed record SharedPageUpdate(
    EntityId Vcpu,
    PageField Field,
    TscTicks Value,
    EntityId Pcpu,
    bool Disarms = false
) : Message
{
    [ThreadStatic]
    private static MessageStock<SharedPageUpdate> s_stock;

    public EntityId Vcpu { get; private set; } = Vcpu;

    public PageField Field { get; private set; } = Field;

    public TscTicks Value { get; private set; } = Value;

    public EntityId Pcpu { get; private set; } = Pcpu;

    public bool Disarms { get; private set; } = Disarms;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static SharedPageUpdate Of(
        EntityId vcpu,
        PageField field,
        TscTicks value,
        EntityId pcpu,
        bool disarms = false
    )
    {
        if (s_stock.Take() is not { } used)
        {
            return new SharedPageUpdate(vcpu, field, value, pcpu, disarms);
        }
        used.Vcpu = vcpu;
        used.Field = field;
        used.Value = value;
        used.Pcpu = pcpu;
        used.Disarms = disarms;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    /// <summary>What stands in expire_tsc.</summary>
    public PageRequest Request() => new(Value, Disarms);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.SharedPageUpdate);
        digest.Add(((long)Vcpu.Index << 32) | (uint)Pcpu.Index);
        digest.Add(((long)Field << 1) | (Disarms ? 1L : 0L));
        digest.Add(Value.Value);
    }
}

/// <summary>vCPU to kthread: the enable MSR was written (part 1 of the series).</summary>
/// <param name="Vcpu">Whose page.</param>
/// <param name="Enabled">Enabled or disabled.</param>
/// <param name="Pcpu">Where the vCPU runs.</param>
/// <param name="SplitsLine">The page crosses a cache line: each exchange is a split lock.</param>
/// <param name="ArmedOnPcpu">Its hrtimer was armed on its own pCPU, and still is (flaw 16).</param>
public sealed record PageRegistered(
    EntityId Vcpu,
    bool Enabled,
    EntityId Pcpu,
    bool SplitsLine,
    bool ArmedOnPcpu
) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.PageRegistered);
        digest.Add(((long)Vcpu.Index << 32) | (uint)Pcpu.Index);
        digest.Add((Enabled ? 4L : 0L) | (SplitsLine ? 2L : 0L) | (ArmedOnPcpu ? 1L : 0L));
    }
}

/// <summary>Why the dedicated CPU synchronises one vCPU outside the scan.</summary>
public enum SyncCause
{
    /// <summary>Its doorbell rang.</summary>
    Doorbell,

    /// <summary>Its armed timer expired: is there a newer deadline in the page?</summary>
    Expiry,

    /// <summary>It was started early by the advance, was held since, and is due: has the page been written meanwhile?</summary>
    Held,
}

/// <summary>Dedicated CPU to kthread code: synchronise this vCPU now, in interrupt context.</summary>
/// <param name="Vcpu">Whose page.</param>
/// <param name="Cause">Why.</param>
/// <param name="Expired">Expiry: the deadline whose timer expired; else zero.</param>
/// <param name="Due">Expiry: when it is due, which is later by the advance; else zero.</param>
/// <param name="NextScan">When the pacing timer expires next.</param>
public sealed record SyncVcpu(
    EntityId Vcpu,
    SyncCause Cause,
    TscTicks Expired,
    VirtualTime Due,
    VirtualTime NextScan
) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.SyncVcpu);
        digest.Add(((long)Vcpu.Index << 8) | (long)Cause);
        digest.Add(Expired.Value);
        digest.Add(Due.Nanoseconds);
        digest.Add(NextScan.Nanoseconds);
    }
}

/// <summary>What a synchronisation found in the page.</summary>
public enum SyncOutcome
{
    /// <summary>Nothing new.</summary>
    Nothing,

    /// <summary>A deadline that lies ahead: cancel and arm.</summary>
    Arm,

    /// <summary>A deadline that has passed: cancel and deliver.</summary>
    Deliver,

    /// <summary>The guest disarmed: cancel.</summary>
    Cancel,
}

/// <summary>Kthread code to its pCPU: program this vCPU's timer accordingly (part 4 of the series).</summary>
/// <param name="Vcpu">Whose timer.</param>
/// <param name="Outcome">What to do.</param>
/// <param name="Found">What stood in the page; none if it was not looked at.</param>
/// <param name="Due">Arm: the deadline's instant in virtual time.</param>
/// <param name="InInterrupt">Found in interrupt context: the pCPU waits for it.</param>
/// <param name="ArmedOn">Another pCPU has a timer of this vCPU armed that has to go (flaw 16).</param>
public sealed record SyncResult(
    EntityId Vcpu,
    SyncOutcome Outcome,
    PageRequest Found,
    VirtualTime Due,
    bool InInterrupt,
    EntityId? ArmedOn
) : Message
{
    [ThreadStatic]
    private static MessageStock<SyncResult> s_stock;

    public EntityId Vcpu { get; private set; } = Vcpu;

    public SyncOutcome Outcome { get; private set; } = Outcome;

    public PageRequest Found { get; private set; } = Found;

    public VirtualTime Due { get; private set; } = Due;

    public bool InInterrupt { get; private set; } = InInterrupt;

    public EntityId? ArmedOn { get; private set; } = ArmedOn;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static SyncResult Of(
        EntityId vcpu,
        SyncOutcome outcome,
        PageRequest found,
        VirtualTime due,
        bool inInterrupt,
        EntityId? armedOn
    )
    {
        if (s_stock.Take() is not { } used)
        {
            return new SyncResult(vcpu, outcome, found, due, inInterrupt, armedOn);
        }
        used.Vcpu = vcpu;
        used.Outcome = outcome;
        used.Found = found;
        used.Due = due;
        used.InInterrupt = inInterrupt;
        used.ArmedOn = armedOn;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.SyncResult);
        digest.Add(
            ((long)Vcpu.Index << 8)
                | ((long)Outcome << 2)
                | (Found.Disarms ? 2L : 0L)
                | (InInterrupt ? 1L : 0L)
        );
        digest.Add(Found.Deadline.Value);
    }
}
