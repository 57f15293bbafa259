using System;

namespace PvTimer.Sharding.Control;

/// <summary>How long virtual time has run, and how long it has not been running freely this time.</summary>
internal sealed class RunClock
{
    private TimeSpan _ran;
    private TimeSpan? _runningSince;
    private TimeSpan? _standingSince;

    /// <summary>How long virtual time has run in all.</summary>
    public TimeSpan RunTime(TimeSpan now) => _ran + (now - _runningSince ?? TimeSpan.Zero);

    /// <summary>Since it came to a halt, or was brought to run again; zero if it runs freely.</summary>
    public TimeSpan StandingTime(TimeSpan now) => now - _standingSince ?? TimeSpan.Zero;

    /// <summary>Virtual time runs from now on, or stands still.</summary>
    public void Run(bool isRunning, TimeSpan now)
    {
        _ran = RunTime(now);
        _runningSince = isRunning ? now : null;
    }

    /// <summary>It comes to a halt, or is brought to run again; or it runs freely.</summary>
    public void Stand(bool isStanding, TimeSpan now) =>
        _standingSince = isStanding ? _standingSince ?? now : null;
}
