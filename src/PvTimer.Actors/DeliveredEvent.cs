using PvTimer.Engine;
using PvTimer.Model.Events;

namespace PvTimer.Actors;

/// <summary>An event of the machine that happens.</summary>
/// <param name="Key">When it happens, and who sent it.</param>
/// <param name="Target">Whom it reaches.</param>
/// <param name="Message">What reaches it.</param>
public readonly record struct DeliveredEvent(EventKey Key, EntityId Target, Message Message);
