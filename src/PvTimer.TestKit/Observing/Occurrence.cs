using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;

namespace PvTimer.TestKit.Observing;

/// <summary>Something that happened: a message that reached an actor, or a note about what a guest did.</summary>
/// <param name="At">When.</param>
/// <param name="Source">Who sent it; a message from outside, or a timer of its own, comes from the target.</param>
/// <param name="Target">Whom it reached.</param>
/// <param name="What">
/// A <see cref="Message"/>, <see cref="InterruptTaken"/> or <see cref="MsrAccessed"/>; at an actor of the test's own
/// whatever it was told.
/// </param>
/// <param name="IsOutside">The script did it, or the scenario's list of events.</param>
public readonly record struct Occurrence(
    VirtualTime At,
    EntityId Source,
    EntityId Target,
    object What,
    bool IsOutside = false
)
{
    /// <summary>A message between two actors, or from outside: no actor's own timer, no note.</summary>
    public bool IsMessage =>
        What is not (InterruptTaken or MsrAccessed) && (IsOutside || Source != Target);
}

/// <summary>A guest's interrupt handler begins.</summary>
/// <param name="Vector">Which.</param>
/// <param name="Deadline">The latest deadline (guest TSC) that it stands for; null: not the LVT timer.</param>
/// <param name="Requests">How many requests it stands for, at least 1.</param>
public sealed record InterruptTaken(byte Vector, TscTicks? Deadline, int Requests);

/// <summary>A guest's RDMSR or WRMSR ended.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="Msr">Which register.</param>
/// <param name="Value">What was read or written.</param>
/// <param name="Result">Whether it faulted.</param>
public sealed record MsrAccessed(MsrAccessKind Kind, uint Msr, ulong Value, MsrResult Result);
