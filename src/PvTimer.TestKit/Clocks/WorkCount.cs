using System.Threading;

namespace PvTimer.TestKit.Clocks;

/// <summary>
/// Work that has been begun and not ended, by the step of a <see cref="ClusterClock"/> in which it was: of two steps
/// after each other, as the clock does not go on to a third before the first's is done. Any thread.
/// </summary>
internal sealed class WorkCount
{
    private long _even;
    private long _odd;
    private long _done;

    /// <summary>How much has ended so far.</summary>
    public long Done => Volatile.Read(ref _done);

    /// <summary>Nothing is left.</summary>
    public bool IsZero => Volatile.Read(ref _even) == 0 && Volatile.Read(ref _odd) == 0;

    /// <summary>Begins a piece of work.</summary>
    /// <returns>For <see cref="End"/>.</returns>
    public long Begin(long step)
    {
        Interlocked.Increment(ref Of(step));
        return step;
    }

    /// <summary>It is done.</summary>
    public void End(long begun)
    {
        Interlocked.Increment(ref _done);
        Interlocked.Decrement(ref Of(begun));
    }

    /// <summary>What was begun before a step is done.</summary>
    public bool IsDoneBefore(long step) => Volatile.Read(ref Of(step - 1)) == 0;

    private ref long Of(long step) => ref (step & 1) == 0 ? ref _even : ref _odd;
}
