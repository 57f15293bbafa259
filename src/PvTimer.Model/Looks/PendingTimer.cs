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

    /// <summary>In the processor, which counts down to it while the vCPU is in guest mode.</summary>
    Processor,
}

/// <summary>Whether a deadline will be met.</summary>
public enum TimerRisk
{
    None,

    /// <summary>
    /// The kthread has promised its next look for a time after the deadline: too late, unless the guest's doorbell
    /// is on its way.
    /// </summary>
    LooksTooLate,

    /// <summary>It is in a page, and the CPU whose kthread looked into it is gone.</summary>
    HolderOffline,

    /// <summary>It is past.</summary>
    Overdue,

    /// <summary>
    /// Its guest has replaced it or taken it back, and its holder does not know yet: it will expire for nothing.
    /// </summary>
    Unwanted,
}

/// <summary>A deadline that a guest has programmed and that has not fired: what its owner or its holder says of it.</summary>
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
    /// All that a part of a machine knows of its earliest deadlines: what owners say of them, and what holders do.
    /// </summary>
    /// <param name="timers">Of owners and holders.</param>
    /// <param name="count">Of how many deadlines.</param>
    internal static ImmutableArray<PendingTimer> Earliest(
        IEnumerable<PendingTimer> timers,
        int count
    ) => [.. ByDeadline(timers, count).SelectMany(timer => timer)];

    /// <summary>Of all that owners and holders say in every part of a machine, a line for each deadline.</summary>
    /// <param name="timers">The earliest of each part.</param>
    /// <param name="count">How many lines at most.</param>
    internal static ImmutableArray<PendingTimer> Merge(
        IEnumerable<PendingTimer> timers,
        int count
    ) => [.. ByDeadline(timers, count).Select(MergeOne)];

    private static IEnumerable<IEnumerable<PendingTimer>> ByDeadline(
        IEnumerable<PendingTimer> timers,
        int count
    ) =>
        timers
            .GroupBy(timer => (timer.Due, timer.Vcpu))
            .OrderBy(timer => timer.Key.Due)
            .ThenBy(timer => timer.Key.Vcpu, StringComparer.Ordinal)
            .Take(count);

    private static PendingTimer MergeOne(IEnumerable<PendingTimer> said)
    {
        PendingTimer holders = said.MaxBy(one => one.Place)!;
        return said.Any(one => one.Place == TimerPlace.UnderWay)
            ? holders
            : holders with
            {
                Risk = TimerRisk.Unwanted,
            };
    }
}
