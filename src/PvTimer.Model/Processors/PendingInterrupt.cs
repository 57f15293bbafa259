using PvTimer.Model.Events;
using PvTimer.Model.State;

namespace PvTimer.Model.Processors;

/// <summary>What interrupts a pCPU.</summary>
internal enum InterruptKind
{
    /// <summary>The core's LAPIC timer: the earliest hrtimer is due.</summary>
    Hrtimer,

    /// <summary>A function-call IPI: synchronise one vCPU's page.</summary>
    Doorbell,

    /// <summary>A reschedule IPI: a blocked vCPU was woken, and its waker paid for that.</summary>
    WakeUp,

    /// <summary>A device's interrupt, whose handler wakes a blocked vCPU.</summary>
    Device,

    /// <summary>A reschedule IPI: look at what should run.</summary>
    Reschedule,

    /// <summary>Firmware (an SMI), or what else the host has to do, has the core for a while.</summary>
    Taken,

    /// <summary>The core is unplugged: the teardown callbacks of CPU hotplug run.</summary>
    Teardown,
}

/// <summary>An interrupt of the host at one pCPU.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Vcpu">Whose thread it is about; the pCPU itself if it is about none.</param>
internal readonly record struct PendingInterrupt(InterruptKind Kind, EntityId Vcpu)
{
    internal static PendingInterrupt Transfer(StateTransfer state, PendingInterrupt interrupt) =>
        new(state.Enumeration(interrupt.Kind), state.Value(interrupt.Vcpu));
}
