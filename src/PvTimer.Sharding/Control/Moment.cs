using System;

namespace PvTimer.Sharding.Control;

/// <summary>When something happens to the control plane. Time comes in with each event; nothing here reads a clock.</summary>
/// <param name="Elapsed">Since an instant of no meaning; it only grows, whatever is done to the time of day.</param>
/// <param name="Utc">Time of day, for lines that people read: it may step, and decides nothing.</param>
internal readonly record struct Moment(TimeSpan Elapsed, DateTimeOffset Utc);
