using System;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>
/// The run broke: an entity threw, or an invariant does not hold. Says who, when and upon which event; the
/// command line turns it into one line and exit code 3.
/// </summary>
public sealed class RunFailedException(
    string entity,
    VirtualTime at,
    string @event,
    string what,
    Exception? inner = null
) : Exception($"{entity} at {at}, handling {@event}: {what}", inner)
{
    public string Entity { get; } = entity;

    public VirtualTime At { get; } = at;

    public string Event { get; } = @event;
}
