using System;
using System.Collections.Generic;
using PvTimer.Model.Events;

namespace PvTimer.Engine;

/// <summary>
/// What is pending, by the entity that it is for: in one walk for all of them, since a checkpoint asks for each.
/// </summary>
internal sealed class PendingByTarget
{
    private const int None = -1;

    private readonly PendingEvent[] _pending;

    /// <summary>For each event the next one with the same target.</summary>
    private readonly int[] _next;

    /// <summary>By target its first event.</summary>
    private readonly int[] _first;

    /// <param name="pending">In the order in which it will happen.</param>
    /// <param name="entities">How many there are to be targets.</param>
    public PendingByTarget(PendingEvent[] pending, int entities)
    {
        _pending = pending;
        _next = new int[pending.Length];
        _first = new int[entities];
        Array.Fill(_first, None);
        for (int index = pending.Length - 1; index >= 0; index--)
        {
            int target = pending[index].Target.Index;
            _next[index] = _first[target];
            _first[target] = index;
        }
    }

    /// <summary>All of it, in order.</summary>
    public ReadOnlySpan<PendingEvent> All => _pending;

    /// <summary>What is frozen with an entity, in order: all for it but what comes from outside.</summary>
    public IEnumerable<PendingEvent> FrozenWith(EntityId target)
    {
        for (int index = _first[target.Index]; index != None; index = _next[index])
        {
            if (!_pending[index].Key.IsFromOutside)
            {
                yield return _pending[index];
            }
        }
    }

    public int CountFrozenWith(EntityId target)
    {
        int count = 0;
        for (int index = _first[target.Index]; index != None; index = _next[index])
        {
            count += _pending[index].Key.IsFromOutside ? 0 : 1;
        }
        return count;
    }
}
