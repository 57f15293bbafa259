using System;

namespace PvTimer.ActorTime.Moving;

/// <summary>How far one movement of a clock may go before the script fails.</summary>
internal sealed class ClockLimits
{
    /// <summary>Events of the machine.</summary>
    public long Events { get; set; } = 50_000_000;

    /// <summary>Wall time.</summary>
    public TimeSpan Wall { get; set; } = TimeSpan.FromMinutes(10);
}
