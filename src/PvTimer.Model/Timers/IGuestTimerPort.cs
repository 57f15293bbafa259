using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Timers;

/// <summary>What a <see cref="GuestTimer"/> may do with its vCPU.</summary>
internal interface IGuestTimerPort
{
    EntityId Id { get; }

    /// <summary>Its index in its VM.</summary>
    int Index { get; }

    /// <summary>How many its VM has.</summary>
    int Vcpus { get; }

    /// <summary>The pCPU that it runs on, or ran on last.</summary>
    EntityId Pcpu { get; }

    HostTopology Host { get; }

    Lapic Lapic { get; }

    /// <summary>What its guest is entitled to.</summary>
    TimerLedger Timers { get; }

    /// <summary>KVM emulates its LAPIC.</summary>
    bool InKernelLapic { get; }

    /// <summary>Its VM runs here, and is not being stopped.</summary>
    bool IsRunningHere { get; }

    /// <summary>Its VM is on another host, or on its way.</summary>
    bool IsAway { get; }

    /// <summary>It is in guest mode.</summary>
    bool IsInGuest { get; }

    /// <summary>In guest mode: the timer's interrupt is there.</summary>
    void Deliver(VirtualTime now, IEffects effects);

    /// <summary>The timer's interrupt comes in with the entry under way.</summary>
    void DeliverAtEntry(VirtualTime now);

    /// <summary>In guest mode: the interrupt of the processor's timer is the host's, and exits.</summary>
    void Interrupt(IEffects effects);

    /// <summary>The guest's WRMSR.</summary>
    void WriteMsr(VirtualTime now, uint msr, ulong value, IEffects effects);

    /// <summary>The guest's store has programmed its clock event device without a WRMSR.</summary>
    /// <param name="length">How long the instruction takes; then <see cref="GuestTimer.Stored"/>.</param>
    /// <param name="deadline">What it asked for.</param>
    void Store(VirtualDuration length, TscTicks deadline);

    /// <summary>A VM-exit for WRMSR of IA32_TSC_DEADLINE.</summary>
    void ExitForDeadline(VirtualTime now, TimerRequest request, IEffects effects);

    /// <summary>Enters into the ledger what a write of a LAPIC register did.</summary>
    TimerRequest Record(VirtualTime now, TimerRequest request);

    /// <summary>Has the thread's pCPU set the timer, without an exit.</summary>
    void Ask(TimerRequest request, IEffects effects);
}
