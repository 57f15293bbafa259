using System;
using System.Threading;

namespace PvTimer.Actors.Windows;

/// <summary>
/// Where the regions of one process wait for each other, once a round. A region that has to wait spins
/// for a short while (rounds are a few microseconds apart when all goes well) and then blocks.
/// </summary>
/// <remarks>
/// <code>
///   last to arrive                     one that sleeps
///   round + 1                          sleepers + 1
///   any sleepers? -> wake them         round still the same? -> sleep
/// </code>
/// Each side writes, then reads what the other one wrote, with a full fence between: at least one of them
/// sees the other, so nobody sleeps through the end of a round.
/// </remarks>
/// <param name="parties">How many wait for each other, at least 1.</param>
/// <param name="atEnd">Done by the last to arrive before anybody goes on; null: nothing.</param>
internal sealed class RoundBarrier(int parties, Action? atEnd = null)
{
    /// <summary>
    /// Looks at the round before blocking, about 0.1 us each (measured: SpinWait(4) takes 104 ns): together
    /// about what it costs to sleep and be woken. More only burns a core that the late region may need.
    /// </summary>
    private const int Spins = 500;

    private const int PausesPerSpin = 4;

    /// <summary>With more parties than cores the late one needs the core of one that spins.</summary>
    private readonly int _spins = parties <= Environment.ProcessorCount ? Spins : 0;

    private readonly object _gate = new();
    private int _arrived;
    private long _round;
    private int _sleepers;
    private volatile bool _broken;

    /// <summary>Returns when every party has arrived.</summary>
    /// <exception cref="PeerGoneException">The barrier was broken: a party will never come.</exception>
    public void Await()
    {
        long round = Volatile.Read(ref _round);
        if (Interlocked.Increment(ref _arrived) == parties)
        {
            _arrived = 0;
            EndRound();
            Interlocked.Exchange(ref _round, round + 1);
            if (Volatile.Read(ref _sleepers) > 0)
            {
                WakeAll();
            }
        }
        else if (!SpinUntilAfter(round))
        {
            SleepUntilAfter(round);
        }
        if (Volatile.Read(ref _round) == round)
        {
            throw new PeerGoneException();
        }
    }

    /// <summary>
    /// A party is gone for good: every wait for it ends with an exception. Rounds that are complete stay so.
    /// </summary>
    public void Break()
    {
        _broken = true;
        WakeAll();
    }

    private void EndRound()
    {
        try
        {
            atEnd?.Invoke();
        }
        catch
        {
            Break();
            throw;
        }
    }

    private bool SpinUntilAfter(long round)
    {
        for (int spin = 0; spin < _spins; spin++)
        {
            if (Volatile.Read(ref _round) != round || _broken)
            {
                return true;
            }
            Thread.SpinWait(PausesPerSpin);
        }
        return false;
    }

    private void SleepUntilAfter(long round)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _sleepers);
            while (Volatile.Read(ref _round) == round && !_broken)
            {
                Monitor.Wait(_gate);
            }
            Interlocked.Decrement(ref _sleepers);
        }
    }

    private void WakeAll()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }
}
