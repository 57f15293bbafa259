using System.Collections.Generic;

namespace PvTimer.Sharding.Control;

/// <summary>What the regions of a node froze when they halted.</summary>
/// <param name="ReachedNanoseconds">Their last barrier [ns].</param>
/// <param name="Cells">The state of each cell that was here, by name.</param>
internal sealed record NodeFrozen(
    long ReachedNanoseconds,
    IReadOnlyDictionary<string, byte[]> Cells
);
