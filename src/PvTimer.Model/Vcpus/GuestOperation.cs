using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Vcpus;

/// <summary>What a guest is at.</summary>
internal enum GuestOperationKind
{
    /// <summary>The program is asked for its next step.</summary>
    None,
    Compute,
    Wait,
    Halt,

    /// <summary>From the interrupt's delivery to the handler's first line.</summary>
    InterruptEntry,

    /// <summary>The guest kernel's way to its clock event device (lapic_next_deadline).</summary>
    ClockEvent,

    /// <summary>The store that programs the device waits for its line.</summary>
    Store,

    /// <summary>None of the guest's: system management mode has its core.</summary>
    SystemManagement,

    /// <summary>The end of its handler, whose first write was an exit.</summary>
    EndOfInterrupt,

    /// <summary>cpuidle-haltpoll's window: looks for something to do, and halts when it is over.</summary>
    Poll,
}

/// <summary>One thing that a guest does, or its core with it.</summary>
/// <param name="Kind">What.</param>
/// <param name="Left">How long it still takes.</param>
/// <param name="Value">The vector, the deadline, or the guest TSC at which its window ends; in system management mode the exit that follows it.</param>
internal readonly record struct GuestOperation(
    GuestOperationKind Kind,
    VirtualDuration Left = default,
    ulong Value = 0
)
{
    /// <summary>A register access that does not exit takes the shortest time there is.</summary>
    public static GuestOperation WithoutExit { get; } =
        new(GuestOperationKind.Compute, VirtualDuration.Smallest);

    internal static GuestOperation Transfer(StateTransfer state, GuestOperation operation) =>
        new(
            state.Enumeration(operation.Kind),
            state.Value(operation.Left),
            state.Value(operation.Value)
        );
}
