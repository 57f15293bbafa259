using System;
using System.Threading;
using System.Threading.Tasks;

namespace PvTimer.TestKit.Clocks;

/// <summary>A timer of .NET on a <see cref="ClusterClock"/>: delays and time-outs of tasks are made of these.</summary>
internal sealed class ClockTimer(ClusterClock clock, Action callback) : ITimer
{
    private readonly Lock _gate = new();
    private ClockAlarm? _next;
    private TimeSpan _period;
    private bool _isDisposed;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return false;
            }
            _next?.Cancel();
            _period = period;
            _next = dueTime == Timeout.InfiniteTimeSpan ? null : clock.After(dueTime, Ring);
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _next?.Cancel();
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void Ring()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }
            bool repeats = _period > TimeSpan.Zero;
            _next = repeats ? clock.After(_period, Ring) : null;
        }
        clock.Run(callback);
    }
}
