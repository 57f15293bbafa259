namespace PvTimer.Sharding.Checkpoints;

/// <summary>One node's file of a checkpoint.</summary>
/// <param name="File">Its name in the run's checkpoint directory.</param>
/// <param name="Node">Who wrote it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Of the whole file, lower-case hexadecimal.</param>
public sealed record CheckpointPart(string File, string Node, long Bytes, string Sha256);
