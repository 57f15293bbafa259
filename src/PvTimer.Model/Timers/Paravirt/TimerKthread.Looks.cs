using System;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Looks;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <content>What looks ask.</content>
public sealed partial class TimerKthread
{
    /// <param name="host">Its host's name.</param>
    /// <param name="nameOf">What vCPUs are called.</param>
    internal KthreadLook Look(string host, Func<EntityId, string> nameOf) =>
        new(
            Name,
            host,
            _retired ? "Retired"
                : _phase == ScanPhase.Asleep ? "Asleep"
                : _paused ? "Interrupted"
                : "Scanning",
            _scans,
            _nextScan,
            [
                .. _pages
                    .Here.Take(KthreadLook.MostPages)
                    .Select(entry => new PageLook(
                        nameOf(entry.Vcpu),
                        entry.Enabled,
                        entry.Page.Expire.IsDeadline
                            ? entry.Clock.TimeOf(entry.Page.Expire.Deadline)
                            : null,
                        entry.Page.NextSyncTsc == TscTicks.Zero
                            ? null
                            : entry.Clock.TimeOf(entry.Page.NextSyncTsc),
                        entry.LookedAt
                    )),
            ],
            Math.Max(0, _pages.Here.Count - KthreadLook.MostPages)
        );
}
