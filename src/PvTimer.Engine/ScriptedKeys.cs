using System.Collections.Generic;
using System.Runtime.InteropServices;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>
/// The keys of messages from outside: by their place among those of one target and instant. A script that grows (a
/// command to a run in progress) leaves the keys of all other instants as they were.
/// </summary>
internal sealed class ScriptedKeys
{
    private readonly Dictionary<(EntityId Target, VirtualTime At), int> _before = [];

    public EventKey Next(in ScriptedMessage message)
    {
        ref int before = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _before,
            (message.Target, message.At),
            out _
        );
        return new EventKey(message.At, message.Target, EventKey.FirstScripted + before++);
    }
}
