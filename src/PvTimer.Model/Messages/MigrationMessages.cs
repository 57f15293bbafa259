using System;
using System.Buffers.Binary;
using System.Collections.Immutable;
using PvTimer.Model.Events;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;

namespace PvTimer.Model.Messages;

/// <summary>To a VM's mover, from the scenario: bring the VM to where that mover is.</summary>
public sealed record MigrateVm(EntityId ToMover) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.MigrateVm);
        digest.Add(ToMover.Index);
    }
}

/// <summary>Mover to itself: all rounds are over, the rest needs the VM to stand still.</summary>
public sealed record PreCopyDone : Message
{
    public static PreCopyDone Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) => digest.Add((long)MessageKind.PreCopyDone);
}

/// <summary>Mover to vCPU: leave guest mode and stay out of it.</summary>
public sealed record StopVcpu(EntityId Mover) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.StopVcpu);
        digest.Add(Mover.Index);
    }
}

/// <summary>vCPU to its pCPU: give up my thread.</summary>
public sealed record StopThread(EntityId Vcpu) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.StopThread);
        digest.Add(Vcpu.Index);
    }
}

/// <summary>pCPU to vCPU: its thread is out of KVM_RUN, its hrtimer here is cancelled.</summary>
public sealed record ThreadStopped(VcpuThreadState Thread) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.ThreadStopped);
        digest.Add(Thread.Entry);
        digest.Add(Thread.Expired?.Deadline.Value ?? 0);
    }
}

/// <summary>vCPU to kthread: take my page off the scan list, and have my timer cancelled.</summary>
public sealed record WithdrawPage(EntityId Vcpu) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.WithdrawPage);
        digest.Add(Vcpu.Index);
    }
}

/// <summary>To a pCPU: cancel whatever is armed or queued here for this vCPU, and say so.</summary>
public sealed record DropTimer(EntityId Vcpu) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.DropTimer);
        digest.Add(Vcpu.Index);
    }
}

/// <summary>pCPU to vCPU: nothing comes from here any more.</summary>
public sealed record TimerDropped : Message
{
    public static TimerDropped Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) =>
        digest.Add((long)MessageKind.TimerDropped);
}

/// <summary>vCPU to mover: it stands still, and nothing but IPIs is on its way to it.</summary>
public sealed record VcpuStopped : Message
{
    public static VcpuStopped Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) => digest.Add((long)MessageKind.VcpuStopped);
}

/// <summary>Mover to vCPU: all of the VM's vCPUs stand still; hand over the registers.</summary>
/// <param name="StoppedAt">When the guest's TSC is read.</param>
public sealed record SaveVcpu(VirtualTime StoppedAt) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.SaveVcpu);
        digest.Add(StoppedAt.Nanoseconds);
    }
}

/// <summary>vCPU to mover: its registers, and all else that makes it what it is.</summary>
/// <param name="Vcpu">Its index in its VM.</param>
/// <param name="State">As its Transfer writes it.</param>
public sealed record VcpuSaved(int Vcpu, ImmutableArray<byte> State) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.VcpuSaved);
        digest.Add((long)Vcpu);
        AddBytes(ref digest, State.AsSpan());
    }

    internal static void AddBytes(ref TraceDigest digest, ReadOnlySpan<byte> bytes)
    {
        digest.Add((long)bytes.Length);
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            digest.Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }
        foreach (byte rest in bytes)
        {
            digest.Add((long)rest);
        }
    }
}

/// <summary>Mover to mover, over the network: a stopped VM.</summary>
/// <param name="From">Where it was.</param>
/// <param name="BegunAt">When the first round began.</param>
/// <param name="StopAt">When it was told to stop.</param>
/// <param name="StoppedAt">When its TSC was read.</param>
/// <param name="Vcpus">Each vCPU's state.</param>
public sealed record VmArrives(
    EntityId From,
    VirtualTime BegunAt,
    VirtualTime StopAt,
    VirtualTime StoppedAt,
    ImmutableArray<ImmutableArray<byte>> Vcpus
) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.VmArrives);
        digest.Add((long)From.Index);
        digest.Add(BegunAt.Nanoseconds);
        digest.Add(StopAt.Nanoseconds);
        digest.Add(StoppedAt.Nanoseconds);
        foreach (ImmutableArray<byte> vcpu in Vcpus)
        {
            VcpuSaved.AddBytes(ref digest, vcpu.AsSpan());
        }
    }
}

/// <summary>Mover to vCPU: take these registers and go on.</summary>
/// <param name="StoppedAt">When the guest's TSC was read.</param>
/// <param name="State">As in <see cref="VcpuSaved"/>.</param>
public sealed record RestoreVcpu(VirtualTime StoppedAt, ImmutableArray<byte> State) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.RestoreVcpu);
        digest.Add(StoppedAt.Nanoseconds);
        VcpuSaved.AddBytes(ref digest, State.AsSpan());
    }
}

/// <summary>vCPU to kthread: it is on this host now, and on the scan list.</summary>
/// <param name="Vcpu">Whose page.</param>
/// <param name="Clock">The guest's TSC from now on.</param>
public sealed record PageArrived(EntityId Vcpu, TscClock Clock) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.PageArrived);
        digest.Add((long)Vcpu.Index);
        digest.Add(Clock.AtStart.Value);
        digest.Add(Clock.Since.Nanoseconds);
    }
}
