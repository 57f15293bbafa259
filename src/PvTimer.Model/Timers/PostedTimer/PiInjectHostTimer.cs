using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Processors;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.PostedTimer;

/// <summary>
/// hrtimer_start without a pinned mode: the timer is queued on the housekeeping CPU's base, a line away, whatever pCPU
/// the thread runs on. Without such a CPU it is queued here.
/// </summary>
internal sealed class PiInjectHostTimer(IHostTimerPort pcpu) : HostTimer(pcpu)
{
    /// <inheritdoc/>
    public override bool StaysWhenThreadMoves => Pcpu.Host.HousekeepingPcpu is not null;

    /// <summary>One that has expired is in no queue any more, and hrtimer_cancel returns at once.</summary>
    public override VirtualDuration CostOf(VcpuThread thread, TimerRequest request)
    {
        bool isQueuedElsewhere = thread.ArmedOn is { } on && on != Pcpu.Id;
        return base.CostOf(thread, request)
            + (isQueuedElsewhere && request.Replaces ? Costs.HrtimerCancel : VirtualDuration.Zero);
    }

    /// <inheritdoc/>
    protected override void Arm(VirtualTime now, VcpuThread thread, Hrtimer timer, IEffects effects)
    {
        if (Pcpu.Host.HousekeepingPcpu is not { } keeper || keeper == Pcpu.Id)
        {
            base.Arm(now, thread, timer, effects);
            return;
        }
        thread.ArmedOn = keeper;
        effects.Send(keeper, Pcpu.Host.LineTransfer(Pcpu.Id, keeper), new QueueTimer(timer));
    }

    /// <summary>A line away, too: what is asked for later comes later.</summary>
    protected override void Cancel(VcpuThread thread, IEffects effects)
    {
        Pcpu.CancelHrtimer(thread.Vcpu, served: false);
        if (thread.ArmedOn is { } keeper && keeper != Pcpu.Id)
        {
            effects.Send(
                keeper,
                Pcpu.Host.LineTransfer(Pcpu.Id, keeper),
                new CancelTimer(thread.Vcpu, Served: false)
            );
        }
        thread.ArmedOn = null;
    }
}
