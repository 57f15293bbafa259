using PvTimer.Model.Apic;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.ApicTimer;

namespace PvTimer.Model.Timers.Passthrough;

/// <summary>The host takes the interrupt of the guest's timer as it takes its own.</summary>
internal sealed class PassthroughHostTimer(IHostTimerPort pcpu) : HaltedHostTimer(pcpu)
{
    /// <inheritdoc/>
    public override VirtualDuration CostOf(VirtualTime at, KvmVcpu vcpu, TimerRequest request) =>
        request.Kind == TimerRequestKind.Expired
            ? Pcpu.DrawTimerInterrupt()
            : base.CostOf(at, vcpu, request);
}
