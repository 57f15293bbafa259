using System;
using System.Diagnostics;
using System.Threading;
using PvTimer.Model.Time;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// Keeps virtual time back, so that it runs no faster than somebody wants to watch it. One region of the whole
/// run waits at its barriers; all others wait for it.
/// </summary>
/// <param name="from">Where virtual time begins to run.</param>
/// <param name="perSecond">How much of it may pass in a second of wall time.</param>
internal sealed class RunPace(VirtualTime from, VirtualDuration perSecond)
{
    /// <summary>Windows of a paced run are so much wall time long: it is watched, so it should not jerk.</summary>
    private const int WindowsPerSecond = 50;

    private readonly object _gate = new();
    private long _began;
    private bool _isReleased;

    /// <summary>The longest window of a run at that pace.</summary>
    public static VirtualDuration WindowAt(VirtualDuration perSecond) =>
        VirtualDuration.FromNanoseconds(Math.Max(1, perSecond.Nanoseconds / WindowsPerSecond));

    /// <summary>On the region's thread: returns when virtual time may be here.</summary>
    public void Await(VirtualTime reached)
    {
        lock (_gate)
        {
            if (_began == 0)
            {
                _began = Stopwatch.GetTimestamp();
            }
            double due = (double)(reached - from).Nanoseconds / perSecond.Nanoseconds;
            while (!_isReleased)
            {
                double left = due - Stopwatch.GetElapsedTime(_began).TotalSeconds;
                if (left <= 0)
                {
                    return;
                }
                Monitor.Wait(_gate, TimeSpan.FromSeconds(Math.Min(left, 1)));
            }
        }
    }

    /// <summary>Nobody waits any more: the run is to halt. Any thread.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _isReleased = true;
            Monitor.PulseAll(_gate);
        }
    }
}
