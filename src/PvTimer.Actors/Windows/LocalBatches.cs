using PvTimer.Engine;

namespace PvTimer.Actors.Windows;

/// <summary>
/// The batches between the regions of one process: written and read in place. There are two sets: while
/// slow regions still read those of one round, fast ones already write those of the next. Nobody can be two
/// rounds ahead, because the barrier between needs everybody.
/// </summary>
internal sealed class LocalBatches
{
    private readonly int _regions;
    private readonly WindowBatch[] _batches;
    private readonly RoundBarrier _barrier;

    public LocalBatches(int regions)
    {
        _regions = regions;
        _barrier = new RoundBarrier(regions);
        _batches = new WindowBatch[2 * regions * regions];
        for (int index = 0; index < _batches.Length; index++)
        {
            _batches[index] = new WindowBatch();
        }
    }

    public IBatchLink LinkOf(int region) => new Link(this, region);

    /// <summary>A region is gone for good: the others stop waiting for it.</summary>
    public void Break() => _barrier.Break();

    private WindowBatch Batch(int set, int from, int to) =>
        _batches[(((set * _regions) + from) * _regions) + to];

    private sealed class Link(LocalBatches all, int region) : IBatchLink
    {
        private int _writing;

        public WindowBatch Outgoing(int peer) => all.Batch(_writing, region, peer);

        public void Exchange()
        {
            all._barrier.Await();
            _writing ^= 1;
            // What was sent two rounds ago has been read by everybody.
            for (int peer = 0; peer < all._regions; peer++)
            {
                all.Batch(_writing, region, peer).Clear();
            }
        }

        public WindowBatch Received(int peer) => all.Batch(_writing ^ 1, peer, region);
    }
}
