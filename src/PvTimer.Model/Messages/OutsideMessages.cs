using System.Collections.Immutable;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Model.Messages;

/// <summary>To a vCPU whose guest is a <see cref="CommandedGuest"/>: do this.</summary>
/// <param name="Instructions">What to do, behind what it has been told before.</param>
/// <param name="Handler">What its interrupt handlers do from now on before the EOI; null: as before.</param>
public sealed record Command(
    ImmutableArray<GuestInstruction> Instructions,
    ImmutableArray<GuestInstruction>? Handler
) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.Command);
        Add(ref digest, Instructions);
        digest.Add(Handler is null ? 0L : 1L);
        Add(ref digest, Handler ?? []);
    }

    public override string ToString() =>
        $"Command {{ {string.Join(", ", Instructions)} }}"
        + (Handler is { } handler ? $", in handlers {{ {string.Join(", ", handler)} }}" : "");

    private static void Add(ref TraceDigest digest, ImmutableArray<GuestInstruction> instructions)
    {
        digest.Add((long)instructions.Length);
        foreach (GuestInstruction instruction in instructions)
        {
            digest.Add((long)instruction.Kind);
            digest.Add(instruction.Span.Nanoseconds);
            digest.Add((long)instruction.Msr);
            digest.Add(instruction.Value);
        }
    }
}

/// <summary>To the first vCPU of a VM: userspace takes all of its vCPUs out of KVM_RUN for this long.</summary>
public sealed record PauseVm(VirtualDuration Length) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.PauseVm);
        digest.Add(Length.Nanoseconds);
    }
}

/// <summary>From the first vCPU of a VM that is paused to each of the others.</summary>
public sealed record PauseVcpu(VirtualDuration Length) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.PauseVcpu);
        digest.Add(Length.Nanoseconds);
    }
}

/// <summary>vCPU to its pCPU: its thread stays out of KVM_RUN for this long. What is armed goes on.</summary>
public sealed record PauseThread(EntityId Vcpu, VirtualDuration Length) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.PauseThread);
        digest.Add(Vcpu.Index);
        digest.Add(Length.Nanoseconds);
    }
}

/// <summary>pCPU to itself: a thread may go back into KVM_RUN, unless it was paused for longer meanwhile.</summary>
public sealed record ResumeThread(EntityId Vcpu) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.ResumeThread);
        digest.Add(Vcpu.Index);
    }
}

/// <summary>To a pCPU: an SMI has it for this long. A guest in guest mode there stands still.</summary>
public sealed record Stall(VirtualDuration Length) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.Stall);
        digest.Add(Length.Nanoseconds);
    }
}

/// <summary>From a pCPU to itself: something of the host's that is no guest's takes it away for this long.</summary>
public sealed record HostInterruption(VirtualDuration Length) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.HostInterruption);
        digest.Add(Length.Nanoseconds);
    }
}

/// <summary>To a pCPU that runs no guests: it is unplugged.</summary>
public sealed record GoOffline : Message
{
    public static GoOffline Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) => digest.Add((long)MessageKind.GoOffline);
}

/// <summary>To a vCPU: a device raises its interrupt.</summary>
public sealed record RaiseInterrupt(byte Vector) : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.RaiseInterrupt);
        digest.Add(Vector);
    }
}
