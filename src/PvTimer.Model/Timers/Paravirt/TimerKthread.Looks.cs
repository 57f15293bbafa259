using System.Collections.Generic;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <content>What looks ask.</content>
public sealed partial class TimerKthread
{
    /// <summary>Asleep, Scanning, Interrupted (its scan waits for its pCPU's interrupts), or Retired (its pCPU is gone).</summary>
    internal string Doing =>
        _retired ? "Retired"
        : _phase == ScanPhase.Asleep ? "Asleep"
        : _paused ? "Interrupted"
        : "Scanning";

    /// <summary>When the next scan is due.</summary>
    internal VirtualTime NextScan => _nextScan;

    /// <summary>The pages of the vCPUs that are on this host, in the order in which they are scanned.</summary>
    internal IReadOnlyList<PageEntry> PagesHere => _pages.Here;
}
