using PvTimer.Model.Costs;
using PvTimer.Model.Timers.Hrtimers;

namespace PvTimer.Model.Timers.PreemptionTimer;

/// <summary>
/// The VMX preemption timer (Linux 4.8 on, Intel): a write of IA32_TSC_DEADLINE exits, the processor counts down while
/// the vCPU is in guest mode and exits by itself, without an interrupt of the host. A halted vCPU has an hrtimer.
/// </summary>
internal sealed class PreemptionTimerBackend() : TimerBackend("preemption-timer")
{
    /// <inheritdoc/>
    public override long ExitsFor(TimerUse use) => use.Writes + use.InGuestMode;

    /// <summary>The counter stops in idle states deeper than C2 (vmx_set_hv_timer is not offered).</summary>
    public override TimerBackend WithMwait => HrtimerBackend.Instance;

    /// <inheritdoc/>
    public override string Caveat =>
        "as good as its exits' costs, which are inferred from published ones";

    /// <inheritdoc/>
    public override string? MissingFrom(CostProfile costs) =>
        costs.PreemptionTimerHandler is null ? "preemption-timer-handler" : null;

    /// <inheritdoc/>
    internal override HostTimer CreateHostTimer(IHostTimerPort pcpu) =>
        new PreemptionHostTimer(pcpu);
}
