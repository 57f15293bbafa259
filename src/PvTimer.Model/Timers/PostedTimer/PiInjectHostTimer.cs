using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Threads;
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
    public override VirtualDuration CostOf(VirtualTime at, KvmVcpu vcpu, TimerRequest request)
    {
        bool isQueuedElsewhere = vcpu.ArmedOn is { } on && on != Pcpu.Id;
        return base.CostOf(at, vcpu, request)
            + (isQueuedElsewhere && request.Replaces ? Costs.HrtimerCancel : VirtualDuration.Zero);
    }

    /// <inheritdoc/>
    protected override void Arm(VirtualTime now, KvmVcpu vcpu, Hrtimer timer, IEffects effects)
    {
        if (Pcpu.Host.HousekeepingPcpu is not { } keeper || keeper == Pcpu.Id)
        {
            base.Arm(now, vcpu, timer, effects);
            return;
        }
        vcpu.ArmedOn = keeper;
        effects.Send(keeper, Pcpu.Host.LineTransfer(Pcpu.Id, keeper), QueueTimer.Of(timer));
    }

    /// <summary>A line away, too: what is asked for later comes later.</summary>
    protected override void Cancel(KvmVcpu vcpu, IEffects effects)
    {
        Pcpu.CancelHrtimer(vcpu.Id, served: false);
        if (vcpu.ArmedOn is { } keeper && keeper != Pcpu.Id)
        {
            effects.Send(
                keeper,
                Pcpu.Host.LineTransfer(Pcpu.Id, keeper),
                CancelTimer.Of(vcpu.Id, served: false)
            );
        }
        vcpu.ArmedOn = null;
    }
}
