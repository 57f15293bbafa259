namespace PvTimer.Model.Timers;

/// <summary>How a guest uses its timer, whatever serves it: what the closed forms of back-ends are about.</summary>
/// <param name="Writes">Deadlines that it programs, for each timer that fires.</param>
/// <param name="InGuestMode">Share of the expiries that find it in guest mode: 0 to 1.</param>
/// <param name="Doorbells">Share of the deadlines that come too soon to be left in a page: 0 to 1.</param>
public readonly record struct TimerUse(double Writes, double InGuestMode, double Doorbells);
