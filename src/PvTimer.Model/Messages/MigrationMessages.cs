using PvTimer.Model.Events;

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
