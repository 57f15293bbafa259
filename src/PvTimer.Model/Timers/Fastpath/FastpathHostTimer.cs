using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.PreemptionTimer;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Timers.Fastpath;

/// <summary>handle_fastpath_set_msr_irqoff and handle_fastpath_preemption_timer.</summary>
internal sealed class FastpathHostTimer(IHostTimerPort pcpu) : PreemptionHostTimer(pcpu)
{
    /// <inheritdoc/>
    public override VirtualDuration HandlerOf(VmExit exit) =>
        exit switch
        {
            { Reason: VmExitReason.MsrWrite, Msr: MsrIndex.Ia32TscDeadline } => Costs
                .FastMsrWriteHandler!
                .Value,
            { Reason: VmExitReason.PreemptionTimer } => Costs.FastPreemptionTimerHandler!.Value,
            _ => base.HandlerOf(exit),
        };
}
