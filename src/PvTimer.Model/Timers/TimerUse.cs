namespace PvTimer.Model.Timers;

/// <summary>How a guest used its timer, whatever served it: what the closed forms of back-ends are about.</summary>
/// <param name="Writes">Deadlines that it programmed.</param>
/// <param name="InGuestMode">Expiries that found it in guest mode.</param>
/// <param name="Doorbells">Of the deadlines those that came too soon to be left in a page.</param>
/// <param name="OnOwnPcpu">Expiries that found it in guest mode, of those for which it rang too often.</param>
/// <param name="Ticks">Of the deadlines those that are ticks, of a kernel that has them always.</param>
public readonly record struct TimerUse(
    long Writes,
    long InGuestMode,
    long Doorbells,
    long OnOwnPcpu = 0,
    long Ticks = 0
);
