using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Processors;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>
/// The host's side on every pCPU (parts 4 and 5 of the series): a deadline that cannot wait rings the dedicated CPU,
/// and what is armed there stays there. Without pvtimer a thread's timer is an hrtimer of its pCPU.
/// </summary>
internal sealed class PvHostTimer(IHostTimerPort pcpu) : HostTimer(pcpu)
{
    /// <summary>Flaw 12: doorbells of this pCPU that no dedicated CPU was there to hear.</summary>
    public long UnansweredDoorbells { get; private set; }

    /// <inheritdoc/>
    public override bool StaysWhenThreadMoves => KvmCpuid.OffersPvTimer(Pcpu.Host);

    /// <inheritdoc/>
    public override VirtualDuration CostOf(VcpuThread thread, TimerRequest request) =>
        request.Kind == TimerRequestKind.Doorbell ? Costs.IpiSend : base.CostOf(thread, request);

    /// <inheritdoc/>
    public override void Apply(
        VirtualTime now,
        VirtualTime asked,
        VcpuThread thread,
        TimerRequest request,
        IEffects effects
    )
    {
        if (request.Kind == TimerRequestKind.Doorbell)
        {
            Ring(thread.Vcpu, effects);
            return;
        }
        base.Apply(now, asked, thread, request, effects);
    }

    /// <summary>As posted also if there is no dedicated CPU (flaw 12).</summary>
    private void Ring(EntityId vcpu, IEffects effects)
    {
        if (Pcpu.Host.TimerPcpu is { } timerPcpu)
        {
            Pcpu.SendIpi(timerPcpu, new Ipi(vcpu), effects);
        }
        else
        {
            UnansweredDoorbells++;
        }
    }

    /// <inheritdoc/>
    public override void Transfer(StateTransfer state) =>
        UnansweredDoorbells = state.Value(UnansweredDoorbells);
}
