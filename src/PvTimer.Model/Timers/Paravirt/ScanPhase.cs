namespace PvTimer.Model.Timers.Paravirt;

/// <summary>What the scan does next.</summary>
internal enum ScanPhase
{
    Asleep,

    /// <summary>On its way to the next page.</summary>
    Promise,

    /// <summary>next_sync_tsc is exchanged; the line is on its way.</summary>
    Exchange,

    /// <summary>A passed deadline is delivered; what that takes is on its way.</summary>
    Posting,

    /// <summary>All pages are done; what the last one cost is still to pass.</summary>
    Finish,
}
