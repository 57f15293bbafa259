namespace PvTimer.Sharding.Control;

/// <summary>How far a node's regions were when they were asked, and what the process takes.</summary>
/// <param name="Epoch">The formation whose regions began last; 0: none has.</param>
/// <param name="Round">Rounds closed.</param>
/// <param name="ReachedNanoseconds">How far its first region has come in virtual time [ns].</param>
/// <param name="Events">Handled by the entities that are here.</param>
/// <param name="WaitingFor">The node whose frame is waited for; null: none is.</param>
/// <param name="WaitedMilliseconds">For other nodes' frames, so far [ms].</param>
/// <param name="FrameBytes">Sent to other nodes, so far.</param>
/// <param name="Look">The last look that was taken here, in any formation: their numbers only grow.</param>
/// <param name="MemoryBytes">The process's working set.</param>
internal readonly record struct NodeProgress(
    long Epoch,
    long Round,
    long ReachedNanoseconds,
    long Events,
    string? WaitingFor,
    long WaitedMilliseconds,
    long FrameBytes,
    int Look,
    long MemoryBytes
);
