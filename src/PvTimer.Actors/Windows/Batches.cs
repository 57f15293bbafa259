using PvTimer.Engine;

namespace PvTimer.Actors.Windows;

/// <summary>
/// The batches of the regions of one process: between themselves written and read in place, to and from
/// other processes by a carrier. There are two tables: while slow regions still read those of one round, fast
/// ones already write those of the next. Nobody can be two rounds ahead, because the barrier between needs
/// everybody.
/// </summary>
public sealed class Batches
{
    private readonly int _regions;
    private readonly BatchTable[] _tables;
    private readonly RoundBarrier _barrier;
    private int _closing;

    /// <param name="regions">All regions of the run.</param>
    /// <param name="local">How many of them are in this process.</param>
    /// <param name="carrier">The way to the others; null if there are none.</param>
    public Batches(int regions, int local, IBatchCarrier? carrier = null)
    {
        _regions = regions;
        _tables = [new BatchTable(regions), new BatchTable(regions)];
        _barrier = new RoundBarrier(local, carrier is null ? null : () => Carry(carrier));
    }

    public IBatchLink LinkOf(int region) => new Link(this, region);

    /// <summary>A region is gone for good: the others stop waiting for it.</summary>
    public void Break() => _barrier.Break();

    private void Carry(IBatchCarrier carrier)
    {
        carrier.Exchange(_tables[_closing]);
        _closing ^= 1;
    }

    private sealed class Link(Batches all, int region) : IBatchLink
    {
        private int _writing;

        public WindowBatch Outgoing(int peer) => all._tables[_writing][region, peer];

        public void Exchange()
        {
            all._barrier.Await();
            _writing ^= 1;
            // What was sent two rounds ago has been read by everybody.
            for (int peer = 0; peer < all._regions; peer++)
            {
                all._tables[_writing][region, peer].Clear();
            }
        }

        public WindowBatch Received(int peer) => all._tables[_writing ^ 1][peer, region];
    }
}
