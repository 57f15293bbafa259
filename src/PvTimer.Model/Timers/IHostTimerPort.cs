using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Timers;

/// <summary>What a <see cref="HostTimer"/> may do with its pCPU.</summary>
internal interface IHostTimerPort
{
    EntityId Id { get; }

    HostTopology Host { get; }

    /// <summary>The hrtimer that is queued here for a vCPU's LAPIC timer; null: none is.</summary>
    Hrtimer? FindHrtimer(EntityId vcpu);

    /// <summary>hrtimer_start here.</summary>
    void StartHrtimer(VirtualTime now, Hrtimer timer, IEffects effects);

    /// <summary>hrtimer_cancel of what is queued here for a vCPU; true if it was.</summary>
    /// <param name="vcpu">Whose.</param>
    /// <param name="served">The one that a dedicated CPU armed for it, or the vCPU's own.</param>
    bool CancelHrtimer(EntityId vcpu, bool served);

    /// <summary>What a host timer interrupt takes.</summary>
    VirtualDuration DrawTimerInterrupt();

    /// <summary>smp_call_function_single.</summary>
    /// <param name="pcpu">Where: it may be this one.</param>
    /// <param name="message">What is called there.</param>
    /// <param name="effects">Where it goes.</param>
    void SendIpi(EntityId pcpu, Message message, IEffects effects);
}
