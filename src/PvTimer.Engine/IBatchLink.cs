namespace PvTimer.Engine;

/// <summary>
/// One region's view of its peers: how batches travel, in one process or between nodes. Regions are
/// numbered from 0; a region never asks for a batch to or from itself.
/// </summary>
public interface IBatchLink
{
    /// <summary>The batch to fill for a peer in the round that now begins; empty.</summary>
    WindowBatch Outgoing(int peer);

    /// <summary>Sends this round's batches and returns when every peer's batch of this round has come.</summary>
    void Exchange();

    /// <summary>What a peer sent in the last exchange; valid until the next one.</summary>
    WindowBatch Received(int peer);
}
