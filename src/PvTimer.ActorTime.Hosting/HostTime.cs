using System;
using System.Threading;

namespace PvTimer.ActorTime.Hosting;

/// <summary>The clock of a kit for the services of its host, which are made before the actor system is.</summary>
internal sealed class HostTime(VirtualTimeTestKit kit) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => kit.Time.GetUtcNow();

    public override long GetTimestamp() => kit.Time.GetTimestamp();

    public override ITimer CreateTimer(
        TimerCallback callback,
        object? state,
        TimeSpan dueTime,
        TimeSpan period
    ) => kit.Time.CreateTimer(callback, state, dueTime, period);
}
