using PvTimer.Model.Costs;
using PvTimer.Model.Timers.Hrtimers;

namespace PvTimer.Model.Timers.Fastpath;

/// <summary>
/// The preemption timer with exit fastpaths (Linux 5.8 on): the write of IA32_TSC_DEADLINE and the timer's exit are
/// handled with interrupts off, and guest mode is entered again at once. As many exits, each of them shorter.
/// </summary>
internal sealed class FastpathBackend() : TimerBackend("fastpath")
{
    /// <inheritdoc/>
    public override long ExitsFor(TimerUse use) => use.Writes + use.InGuestMode;

    /// <inheritdoc/>
    public override bool HasFastExits => true;

    /// <summary>The counter stops in idle states deeper than C2 (vmx_set_hv_timer is not offered).</summary>
    public override TimerBackend WithMwait => HrtimerBackend.Instance;

    /// <inheritdoc/>
    public override string NeedsApicvFor =>
        "the timer is injected without leaving the inner run loop";

    /// <inheritdoc/>
    public override string Caveat =>
        "as good as its exits' costs, which are inferred from published ones";

    /// <inheritdoc/>
    public override string? MissingFrom(CostProfile costs) =>
        costs.FastMsrWriteHandler is null ? "fast-msr-write-handler"
        : costs.FastPreemptionTimerHandler is null ? "fast-preemption-timer-handler"
        : null;

    /// <inheritdoc/>
    internal override HostTimer CreateHostTimer(IHostTimerPort pcpu) => new FastpathHostTimer(pcpu);
}
