namespace PvTimer.Actors.Windows;

/// <summary>
/// Takes a round's batches to the regions of other processes and brings theirs. Whatever carries them, the
/// rounds are the same.
/// </summary>
public interface IBatchCarrier
{
    /// <summary>
    /// Sends what this process's regions have for others and returns when all that the others have for
    /// them is in the table. Called once a round, when all regions of this process have closed it.
    /// </summary>
    /// <exception cref="PeerGoneException">A peer will never send this round's batches.</exception>
    void Exchange(BatchTable batches);
}
