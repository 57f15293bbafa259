using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Model.Vcpus;

/// <content>What the report and looks ask.</content>
public sealed partial class Vcpu
{
    internal ExitLedger Exits => _exits;

    internal ExactDistribution Lateness => _timers.Lateness;

    internal long Armed => _timers.Armed;

    /// <summary>When its pending deadline is due; null: none is pending.</summary>
    internal VirtualTime? PendingDue => _timers.OutstandingDue;

    /// <summary>The number of its last VM-entry; 0 before the first.</summary>
    internal long LastEntry => _mode.Entry;

    internal bool IsHalted => _mode.IsHalted;

    /// <summary>How often its VM has come to this host or another; the latest incarnation has most.</summary>
    internal long Arrivals => _migration.Arrivals;

    /// <summary>Its VM is on this host, and not on its way yet.</summary>
    internal bool IsHere => !_standing.IsAway;

    /// <summary>It is on its way, and whatever waits for it is in what was saved.</summary>
    internal bool IsInTransit => _standing.IsAway || _standing.IsStopped;

    internal long DeadlineWrites => _msrs.DeadlineWrites;

    /// <summary>kvm_vcpu_kick for a timer: EXTERNAL_INTERRUPT exits.</summary>
    internal long TimerKicks => _injection.TimerKicks;

    internal long PageUpdates => _timer.PageUpdates;

    internal long ExpiryExits => _timer.ExpiryExits + _expiryExitsElsewhere;

    /// <summary>The processor has what is armed.</summary>
    internal bool HoldsTimer => _timer.HoldsTimer;

    internal long SplitLocks => _timer.SplitLocks;

    internal long UnansweredDoorbells => _timer.UnansweredDoorbells;

    internal IGuestProgram Program => _configuration.Program;

    /// <summary>An exit that is still being handled when the run ends counts with its time so far.</summary>
    internal void CloseOpenExit(VirtualTime reached) => _vmExits.CloseEarly(reached);

    /// <param name="reached">Where the run ended.</param>
    /// <param name="grace">What is overdue for longer is no longer on its way.</param>
    /// <param name="hostKnows">A pCPU or the kthread will act on this vCPU's outstanding deadline.</param>
    /// <param name="isBlocked">It is off its pCPU, and no wake-up is pending for it.</param>
    internal TimerCounts CountTimers(
        VirtualTime reached,
        VirtualDuration grace,
        bool hostKnows,
        bool isBlocked
    )
    {
        bool hangs = isBlocked && (_delivery.HasPosted || _lapic.Deliverable >= 0);
        return _timers.Count(
            reached,
            grace,
            hostKnows || _timer.HoldsTimer || _emulation.HasAsked,
            hangs
        );
    }
}
