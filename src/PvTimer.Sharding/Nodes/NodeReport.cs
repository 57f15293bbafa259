using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Nodes;

/// <summary>What a node is doing.</summary>
public enum NodePhase
{
    /// <summary>It has no part in a run.</summary>
    Idle,

    /// <summary>It waits for its cells, or for their state.</summary>
    Forming,

    /// <summary>It has its cells and waits for the others.</summary>
    Formed,

    Running,

    /// <summary>Its regions have ended.</summary>
    Halted,
}

/// <summary>A node's word that it is there and what it does, several times a second.</summary>
/// <param name="Seat">Who it is and what it can take.</param>
/// <param name="Phase">What it is doing.</param>
/// <param name="Epoch">The formation it has heard of last; 0: none.</param>
/// <param name="Planned">The last one of its run whose machine it could make: what was commanded until then is known here; 0: none.</param>
/// <param name="Round">Rounds closed in it.</param>
/// <param name="ReachedNanoseconds">How far its first region has come.</param>
/// <param name="Events">Events handled here since the machine's beginning.</param>
/// <param name="WaitingFor">The node whose frame it waits for; null if it computes.</param>
/// <param name="WaitedMilliseconds">How long it has waited for other nodes' frames in this formation.</param>
/// <param name="Look">The last look that it has taken; see <see cref="Looks.TakeLook"/>.</param>
/// <param name="FrameBytes">Sent to other nodes in this formation.</param>
/// <param name="Cells">How many cells live here.</param>
/// <param name="MemoryBytes">The process's working set.</param>
public sealed record NodeReport(
    ClusterSeat Seat,
    NodePhase Phase,
    long Epoch,
    long Planned,
    long Round,
    long ReachedNanoseconds,
    long Events,
    string? WaitingFor,
    long WaitedMilliseconds,
    int Look,
    long FrameBytes,
    int Cells,
    long MemoryBytes
) : IWireMessage;
