using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>
/// The host's side on every pCPU (parts 4 and 5 of the series): a deadline that cannot wait rings the dedicated CPU,
/// and what is armed there stays there. Without pvtimer a thread's timer is an hrtimer of its pCPU.
/// </summary>
internal sealed class PvHostTimer(IHostTimerPort pcpu) : HostTimer(pcpu)
{
    /// <inheritdoc/>
    public override bool StaysWhenThreadMoves => KvmCpuid.OffersPvTimer(Pcpu.Host);

    /// <inheritdoc/>
    public override VirtualDuration CostOf(VirtualTime at, KvmVcpu vcpu, TimerRequest request) =>
        request.Kind == TimerRequestKind.Doorbell ? Costs.IpiSend : base.CostOf(at, vcpu, request);

    /// <inheritdoc/>
    public override void Apply(
        VirtualTime now,
        VirtualTime asked,
        KvmVcpu vcpu,
        TimerRequest request,
        IEffects effects
    )
    {
        if (request.Kind == TimerRequestKind.Doorbell)
        {
            if (Pcpu.Host.TimerPcpu is { } timerPcpu)
            {
                Pcpu.SendIpi(timerPcpu, Ipi.Of(vcpu.Id), effects);
            }
            return;
        }
        base.Apply(now, asked, vcpu, request, effects);
    }
}
