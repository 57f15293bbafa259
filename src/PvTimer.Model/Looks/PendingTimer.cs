using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Time;

namespace PvTimer.Model.Looks;

/// <summary>Where a deadline waits.</summary>
public enum TimerPlace
{
    /// <summary>Nobody has it at this instant: it is written and not seen yet, or expired and not delivered yet.</summary>
    UnderWay,

    /// <summary>In the shared page, for the kthread to find.</summary>
    Page,

    /// <summary>In an hrtimer of the dedicated CPU.</summary>
    TimerCpu,

    /// <summary>In an hrtimer of the pCPU that the vCPU runs on, or ran on last.</summary>
    Pcpu,
}

/// <summary>Whether a deadline will be met.</summary>
public enum TimerRisk
{
    None,

    /// <summary>The kthread has promised its next look for a time after the deadline.</summary>
    LooksTooLate,

    /// <summary>The pCPU that has it is not online.</summary>
    HolderOffline,

    /// <summary>It is past.</summary>
    Overdue,
}

/// <summary>A deadline that a guest has programmed and that has not fired.</summary>
/// <param name="Vcpu">Whose it is.</param>
/// <param name="Due">When the guest wants its interrupt.</param>
/// <param name="Place">Where it waits.</param>
/// <param name="Holder">The entity that has it: the vCPU itself, the kthread, or a pCPU.</param>
/// <param name="Fires">
/// When its holder acts: an hrtimer's expiry, or the kthread's next look if that is later than the deadline.
/// </param>
/// <param name="Risk">What stands against it.</param>
public sealed record PendingTimer(
    string Vcpu,
    VirtualTime Due,
    TimerPlace Place,
    string Holder,
    VirtualTime Fires,
    TimerRisk Risk
)
{
    /// <summary>
    /// Of all that is said about timers by their owners and by their holders, one line each; the earliest.
    /// </summary>
    public static ImmutableArray<PendingTimer> Earliest(
        IEnumerable<PendingTimer> timers,
        int count
    ) =>
        [
            .. timers
                .GroupBy(timer => (timer.Vcpu, timer.Due))
                .Select(timer => timer.MaxBy(one => one.Place)!)
                .OrderBy(timer => timer.Due)
                .ThenBy(timer => timer.Vcpu, StringComparer.Ordinal)
                .Take(count),
        ];
}
