using System;
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
/// <param name="Poster">What of that pCPU pays, and is told what the posting took.</param>
/// <param name="IsLevel">It is level-triggered.</param>
public sealed record PostedInterrupt(
    byte Vector,
    EntityId FromPcpu,
    TscTicks? Deadline,
    VirtualTime? Next = null,
    Poster Poster = Poster.None,
    bool IsLevel = false
) : Message
{
    [ThreadStatic]
    private static MessageStock<PostedInterrupt> s_stock;

    public byte Vector { get; private set; } = Vector;

    public EntityId FromPcpu { get; private set; } = FromPcpu;

    public TscTicks? Deadline { get; private set; } = Deadline;

    public VirtualTime? Next { get; private set; } = Next;

    public Poster Poster { get; private set; } = Poster;

    public bool IsLevel { get; private set; } = IsLevel;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static PostedInterrupt Of(
        byte vector,
        EntityId fromPcpu,
        TscTicks? deadline,
        VirtualTime? next = null,
        Poster poster = Poster.None,
        bool isLevel = false
    )
    {
        if (s_stock.Take() is not { } used)
        {
            return new PostedInterrupt(vector, fromPcpu, deadline, next, poster, isLevel);
        }
        used.Vector = vector;
        used.FromPcpu = fromPcpu;
        used.Deadline = deadline;
        used.Next = next;
        used.Poster = poster;
        used.IsLevel = isLevel;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.PostedInterrupt);
        digest.Add(
            (IsLevel ? 1L << 48 : 0) | ((long)FromPcpu.Index << 16) | ((long)Poster << 8) | Vector
        );
        digest.Add(Deadline?.Value ?? 0);
        digest.Add(Next?.Nanoseconds ?? 0);
    }
}

/// <summary>What on a pCPU posts an interrupt, and pays for what that takes.</summary>
public enum Poster
{
    /// <summary>Nothing pays: a device, or a handler whose length is recorded.</summary>
    None,

    /// <summary>The handler of an exit by which a guest sends an IPI.</summary>
    ExitHandler,

    /// <summary>An hrtimer's callback, or a doorbell's handler.</summary>
    Interrupt,

    /// <summary>The timer kthread in its scan.</summary>
    Kthread,
}

/// <summary>
/// What the CPU that posts an interrupt has to do beside setting the bit. It has nothing to do, and hears nothing, if
/// the target is in root mode and will look, polls, or has been notified already.
/// </summary>
public enum PostingEffect
{
    /// <summary>The target is in guest mode: an IPI.</summary>
    Notified,

    /// <summary>The target's thread is blocked: try_to_wake_up, and a reschedule IPI.</summary>
    Woken,
}

/// <summary>To a pCPU: what came of an interrupt that it posted.</summary>
/// <param name="Poster">What posted it there; not <see cref="Poster.None"/>.</param>
/// <param name="Effect">What it pays for.</param>
public sealed record Posted(Poster Poster, PostingEffect Effect) : Message
{
    [ThreadStatic]
    private static MessageStock<Posted> s_stock;

    public Poster Poster { get; private set; } = Poster;

    public PostingEffect Effect { get; private set; } = Effect;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static Posted Of(Poster poster, PostingEffect effect)
    {
        if (s_stock.Take() is not { } used)
        {
            return new Posted(poster, effect);
        }
        used.Poster = poster;
        used.Effect = effect;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.Posted);
        digest.Add(((long)Poster << 8) | (long)Effect);
    }
}

/// <summary>To a vCPU: an NMI, an INIT or a start-up IPI, which no LAPIC register holds.</summary>
/// <param name="Mode">Which of them.</param>
/// <param name="Vector">Start-up: the page that it starts in.</param>
/// <param name="FromPcpu">The pCPU that sent it.</param>
/// <param name="Poster">What of that pCPU pays, and is told what the sending took.</param>
public sealed record InterruptMessage(
    DeliveryMode Mode,
    byte Vector,
    EntityId FromPcpu,
    Poster Poster = Poster.None
) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.InterruptMessage);
        digest.Add(
            ((long)FromPcpu.Index << 24) | ((long)Poster << 16) | ((long)Mode << 8) | Vector
        );
    }
}

/// <summary>To the pCPU of a vCPU in guest mode: have it leave (kvm_vcpu_kick).</summary>
/// <param name="Vcpu">Who.</param>
/// <param name="Entry">Its last entry: once it has left, the kick is void.</param>
public sealed record KickVcpu(EntityId Vcpu, long Entry) : Message
{
    [ThreadStatic]
    private static MessageStock<KickVcpu> s_stock;

    public EntityId Vcpu { get; private set; } = Vcpu;

    public long Entry { get; private set; } = Entry;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static KickVcpu Of(EntityId vcpu, long entry)
    {
        if (s_stock.Take() is not { } used)
        {
            return new KickVcpu(vcpu, entry);
        }
        used.Vcpu = vcpu;
        used.Entry = entry;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

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

/// <summary>
/// To the pCPU of a vCPU that is not in guest mode: it has something to run for (kvm_vcpu_wake_up). The bit is
/// visible there; what it takes to have the thread run is the waker's business.
/// </summary>
/// <param name="Vcpu">Who.</param>
/// <param name="Entry">Its last entry: once it was entered again, the wake-up is void.</param>
/// <param name="Waker">The pCPU that wakes; null: a device's interrupt at the vCPU's own.</param>
/// <param name="Poster">What pays there, and is told whether it had to wake a thread.</param>
public sealed record Wake(EntityId Vcpu, long Entry, EntityId? Waker, Poster Poster) : Message
{
    [ThreadStatic]
    private static MessageStock<Wake> s_stock;

    public EntityId Vcpu { get; private set; } = Vcpu;

    public long Entry { get; private set; } = Entry;

    public EntityId? Waker { get; private set; } = Waker;

    public Poster Poster { get; private set; } = Poster;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static Wake Of(EntityId vcpu, long entry, EntityId? waker, Poster poster)
    {
        if (s_stock.Take() is not { } used)
        {
            return new Wake(vcpu, entry, waker, poster);
        }
        used.Vcpu = vcpu;
        used.Entry = entry;
        used.Waker = waker;
        used.Poster = poster;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.Wake);
        digest.Add(Vcpu.Index);
        digest.Add(Entry);
        digest.Add(((long)(Waker?.Index ?? -1) << 8) | (long)Poster);
    }
}

/// <summary>pCPU to itself: the reschedule IPI for a thread that was woken arrives.</summary>
public sealed record RescheduleIpi(EntityId Vcpu) : Message
{
    [ThreadStatic]
    private static MessageStock<RescheduleIpi> s_stock;

    public EntityId Vcpu { get; private set; } = Vcpu;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static RescheduleIpi Of(EntityId vcpu)
    {
        if (s_stock.Take() is not { } used)
        {
            return new RescheduleIpi(vcpu);
        }
        used.Vcpu = vcpu;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.RescheduleIpi);
        digest.Add(Vcpu.Index);
    }
}

/// <summary>
/// The doorbell (part 4 of the series): an asynchronous function-call IPI that has the dedicated CPU
/// synchronise one vCPU.
/// </summary>
public sealed record Ipi(EntityId Vcpu) : Message
{
    [ThreadStatic]
    private static MessageStock<Ipi> s_stock;

    public EntityId Vcpu { get; private set; } = Vcpu;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static Ipi Of(EntityId vcpu)
    {
        if (s_stock.Take() is not { } used)
        {
            return new Ipi(vcpu);
        }
        used.Vcpu = vcpu;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.Ipi);
        digest.Add(Vcpu.Index);
    }
}

/// <summary>To itself: the guest instruction in progress ends, unless something came between.</summary>
public sealed record GuestProgress(long Epoch) : Message
{
    [ThreadStatic]
    private static MessageStock<GuestProgress> s_stock;

    public long Epoch { get; private set; } = Epoch;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static GuestProgress Of(long epoch)
    {
        if (s_stock.Take() is not { } used)
        {
            return new GuestProgress(epoch);
        }
        used.Epoch = epoch;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.GuestProgress);
        digest.Add(Epoch);
    }
}
