using PvTimer.Model.Threads;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Synthetic;

/// <summary>kvm_hv_process_stimers: what has expired is sent before the vCPU enters guest mode.</summary>
/// <param name="pcpu">Where.</param>
/// <param name="sending">How long that takes.</param>
internal sealed class SyntheticHostTimer(IHostTimerPort pcpu, VirtualDuration sending)
    : HostTimer(pcpu)
{
    /// <inheritdoc/>
    public override VirtualDuration Entering(VirtualTime now, KvmVcpu vcpu) =>
        vcpu.Expired is null ? VirtualDuration.Zero : sending;
}
