using System;

namespace PvTimer.TestKit.Clocks;

/// <summary>Something that a <see cref="ClusterClock"/> does at its time, unless it is cancelled before.</summary>
internal sealed class ClockAlarm(Action act)
{
    private volatile Action? _act = act;

    /// <summary>Any thread.</summary>
    public void Cancel() => _act = null;

    /// <summary>It is time. The clock's thread.</summary>
    public void Ring() => _act?.Invoke();
}
