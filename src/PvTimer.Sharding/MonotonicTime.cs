using System;
using System.Diagnostics;

namespace PvTimer.Sharding;

/// <summary>
/// How long something has taken, or may still take: wall time that only ever goes forward, also
/// when the machine's clock is set.
/// </summary>
public static class MonotonicTime
{
    /// <summary>Since an instant of no meaning of its own; differences have one.</summary>
    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>The same by another clock than the wall's, see <see cref="ClusterTime"/>.</summary>
    public static TimeSpan On(TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        return clock.GetElapsedTime(0);
    }
}
