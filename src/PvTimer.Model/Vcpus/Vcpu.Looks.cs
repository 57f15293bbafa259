using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;

namespace PvTimer.Model.Vcpus;

/// <content>What the report and looks ask.</content>
public sealed partial class Vcpu
{
    internal BoundedDistribution Lateness => Timers.Lateness;

    internal long Armed => Timers.Armed;

    internal long PostedTimers => Timers.Posted;

    /// <summary>When its pending deadline is due; null: none is pending.</summary>
    internal VirtualTime? PendingDue => Timers.OutstandingDue;

    /// <summary>The number of its last VM-entry; 0 before the first.</summary>
    internal long LastEntry => Mode.Entry;

    internal bool IsHalted => Mode.IsHalted;

    /// <summary>How often its VM has come to this host or another; the latest incarnation has most.</summary>
    internal long Arrivals => Migration.Arrivals;

    /// <inheritdoc cref="TimerBackend.HasFastExits"/>
    public bool HasFastExits => Configuration.Backend.HasFastExits;

    /// <summary>Its VM is on this host, and not on its way yet.</summary>
    public bool IsHere => !Standing.IsAway;

    /// <summary>It is on its way, and whatever waits for it is in what was saved.</summary>
    internal bool IsInTransit => Standing.IsAway || Standing.IsStopped;

    internal long DeadlineWrites => Msrs.DeadlineWrites;

    /// <summary>kvm_vcpu_kick for a timer: EXTERNAL_INTERRUPT exits.</summary>
    internal long TimerKicks => Injection.TimerKicks;

    internal long PageUpdates => Timer.PageUpdates;

    internal long ExpiryExits => Timer.ExpiryExits + _expiryExitsElsewhere;

    /// <summary>The processor has what is armed.</summary>
    internal bool HoldsTimer => Timer.HoldsTimer;

    internal long SplitLocks => Timer.SplitLocks;

    internal long MisreadDeadlines => Timer.MisreadDeadlines;

    internal long UnansweredDoorbells => Timer.UnansweredDoorbells;

    internal IGuestProgram Program => Configuration.Program;

    /// <summary>An exit that is still being handled when the run ends counts with its time so far.</summary>
    internal void CloseOpenExit(VirtualTime reached) => VmExits.CloseEarly(reached);

    /// <param name="reached">Where the run ended.</param>
    /// <param name="grace">What is overdue for longer is no longer on its way.</param>
    /// <param name="hostKnows">A pCPU or the kthread will act on this vCPU's outstanding deadline.</param>
    /// <param name="isBlocked">It is off its pCPU, and no wake-up is pending for it.</param>
    internal TimerCounts CountTimers(
        VirtualTime reached,
        VirtualDuration grace,
        bool hostKnows,
        bool isBlocked
    ) =>
        Timers.Count(
            reached,
            grace,
            hostKnows || Timer.HoldsTimer || Emulation.HasAsked,
            // What is in the IRR stays there, also if it only waits for a lower TPR.
            hangs: isBlocked
        );
}
