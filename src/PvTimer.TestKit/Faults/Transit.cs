using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.TestKit.Faults;

/// <summary>A message that leaves one actor for another.</summary>
/// <param name="At">When it leaves.</param>
/// <param name="Source">Who sends it.</param>
/// <param name="Target">Whom it is for.</param>
/// <param name="Latency">How long it takes.</param>
/// <param name="Message">What it is.</param>
public readonly record struct Transit(
    VirtualTime At,
    EntityId Source,
    EntityId Target,
    VirtualDuration Latency,
    Message Message
);
