using System;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Model.Messages;

/// <summary>Dedicated CPU to kthread: it runs now, and scans.</summary>
/// <param name="PacedAt">When the pacing timer that woke it was due.</param>
/// <param name="NextScan">When the pacing timer expires next.</param>
public sealed record ScanTick(VirtualTime PacedAt, VirtualTime NextScan) : Message
{
    [ThreadStatic]
    private static MessageStock<ScanTick> s_stock;

    public VirtualTime PacedAt { get; private set; } = PacedAt;

    public VirtualTime NextScan { get; private set; } = NextScan;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static ScanTick Of(VirtualTime pacedAt, VirtualTime nextScan)
    {
        if (s_stock.Take() is not { } used)
        {
            return new ScanTick(pacedAt, nextScan);
        }
        used.PacedAt = pacedAt;
        used.NextScan = nextScan;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.ScanTick);
        digest.Add(PacedAt.Nanoseconds);
        digest.Add(NextScan.Nanoseconds);
    }
}

/// <summary>Kthread to itself: the step in progress is done.</summary>
public sealed record ScanStep(long Epoch) : Message
{
    [ThreadStatic]
    private static MessageStock<ScanStep> s_stock;

    public long Epoch { get; private set; } = Epoch;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static ScanStep Of(long epoch)
    {
        if (s_stock.Take() is not { } used)
        {
            return new ScanStep(epoch);
        }
        used.Epoch = epoch;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.ScanStep);
        digest.Add(Epoch);
    }
}

/// <summary>Dedicated CPU to kthread: an interrupt took the CPU.</summary>
public sealed record KthreadPause : Message
{
    public static KthreadPause Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) =>
        digest.Add((long)MessageKind.KthreadPause);
}

/// <summary>Dedicated CPU to kthread: the interrupt is over.</summary>
public sealed record KthreadResume : Message
{
    public static KthreadResume Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) =>
        digest.Add((long)MessageKind.KthreadResume);
}

/// <summary>Dedicated CPU to kthread: the CPU is unplugged, there will be no scan any more.</summary>
public sealed record Retire : Message
{
    public static Retire Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) => digest.Add((long)MessageKind.Retire);
}

/// <summary>
/// Kthread to vCPU: its page is not looked at any more. The host's last store to the page, that it is abandoned,
/// comes with it.
/// </summary>
public sealed record TimerCpuGone : Message
{
    public static TimerCpuGone Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) =>
        digest.Add((long)MessageKind.TimerCpuGone);
}

/// <summary>Dedicated CPU to kthread: the interrupt that its scan delivered is posted.</summary>
/// <param name="Cost">What that took beside setting the bit.</param>
public sealed record KthreadPosted(VirtualDuration Cost) : Message
{
    [ThreadStatic]
    private static MessageStock<KthreadPosted> s_stock;

    public VirtualDuration Cost { get; private set; } = Cost;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static KthreadPosted Of(VirtualDuration cost)
    {
        if (s_stock.Take() is not { } used)
        {
            return new KthreadPosted(cost);
        }
        used.Cost = cost;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.KthreadPosted);
        digest.Add(Cost.Nanoseconds);
    }
}

/// <summary>Kthread to its pCPU: the scan is over, it sleeps.</summary>
public sealed record KthreadSleep : Message
{
    public static KthreadSleep Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) =>
        digest.Add((long)MessageKind.KthreadSleep);
}

/// <summary>Kthread code to itself, in interrupt context: its second exchange is due.</summary>
public sealed record SyncStep : Message
{
    public static SyncStep Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) => digest.Add((long)MessageKind.SyncStep);
}
