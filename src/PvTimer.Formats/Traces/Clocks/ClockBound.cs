namespace PvTimer.Formats.Traces.Clocks;

/// <summary>
/// One thing that a recording tells about two clocks at once: when its own clock showed
/// <paramref name="Stamp"/>, the guest's TSC had, or had not, passed <paramref name="Tsc"/>. Which of the
/// two, the name that holds the bound says.
/// </summary>
/// <param name="Stamp">A time stamp, in the unit of the recording's clock.</param>
/// <param name="Tsc">A value of the guest's TSC, in cycles.</param>
internal readonly record struct ClockBound(ulong Stamp, ulong Tsc);
