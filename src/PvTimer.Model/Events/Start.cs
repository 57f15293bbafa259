namespace PvTimer.Model.Events;

/// <summary>The first message of every entity, at time zero.</summary>
public sealed record Start : Message
{
    public static Start Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) => digest.Add((long)MessageKind.Start);
}
