using System;
using System.Threading;

namespace PvTimer.ActorTime.Worlds;

/// <summary>
/// The clock of a script for what takes a <see cref="TimeProvider"/>: Task.Delay(span, time), CancellationTokenSource,
/// PeriodicTimer. A script begins at the Unix epoch.
/// </summary>
internal sealed class WorldTime(ActorWorld world) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + world.SinceBegin;

    public override long GetTimestamp() => world.SinceBegin.Ticks;

    public override ITimer CreateTimer(
        TimerCallback callback,
        object? state,
        TimeSpan dueTime,
        TimeSpan period
    )
    {
        ArgumentNullException.ThrowIfNull(callback);
        Repeated timer = new(world, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Repeated(ActorWorld world, Action callback) : ITimer
    {
        private Alarm? _alarm;
        private bool _isGone;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _alarm?.Cancel();
            if (_isGone)
            {
                return false;
            }
            _alarm =
                dueTime == Timeout.InfiniteTimeSpan
                    ? null
                    : world.Schedule(dueTime, "TimeProvider", () => Fire(period));
            return true;
        }

        public void Dispose()
        {
            _isGone = true;
            _alarm?.Cancel();
        }

        public System.Threading.Tasks.ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Fire(TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan && period > TimeSpan.Zero)
            {
                Change(period, period);
            }
            callback();
        }
    }
}
