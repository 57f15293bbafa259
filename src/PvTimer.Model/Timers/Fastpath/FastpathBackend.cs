using PvTimer.Model.Costs;

namespace PvTimer.Model.Timers.Fastpath;

/// <summary>
/// The preemption timer with exit fastpaths (Linux 5.8 on): the write of IA32_TSC_DEADLINE and the timer's exit are
/// handled with interrupts off, and guest mode is entered again at once. As many exits, each of them shorter.
/// </summary>
internal sealed class FastpathBackend() : TimerBackend("fastpath")
{
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
