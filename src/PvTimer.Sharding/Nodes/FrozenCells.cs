using System.Collections.Generic;

namespace PvTimer.Sharding.Nodes;

/// <summary>What a node's formation froze when it halted.</summary>
/// <param name="Epoch">The formation.</param>
/// <param name="ReachedNanoseconds">Its last barrier.</param>
/// <param name="Cells">The state of each cell that was here.</param>
internal sealed record FrozenCells(
    long Epoch,
    long ReachedNanoseconds,
    Dictionary<string, byte[]> Cells
);
