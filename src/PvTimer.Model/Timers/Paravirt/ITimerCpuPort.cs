using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>What <see cref="TimerCpu"/> may do with its pCPU.</summary>
internal interface ITimerCpuPort : IHostTimerPort
{
    /// <summary>kvm_apic_local_deliver with APICv: PIR bit, ON, notification. No exit.</summary>
    void Post(EntityId vcpu, TscTicks deadline, Poster poster, IEffects effects);
}
