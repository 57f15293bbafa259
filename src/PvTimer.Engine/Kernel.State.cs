using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <content>
/// Entities leave as bytes and come back: for checkpoints, and for moves between nodes. With each go its
/// state, its digest and counts, and what is pending for it. Scripted messages stay out: whoever goes on has
/// the machine's script.
/// </content>
public sealed partial class Kernel
{
    /// <summary>Freezes entities with all that is pending for them; they stay as they are.</summary>
    /// <param name="entities">Residents of this region, none of them twice.</param>
    /// <param name="at">The barrier: all that happens before it has happened, nothing at or after it.</param>
    /// <returns>A blob for a <see cref="Resumption"/>.</returns>
    /// <exception cref="InvalidOperationException">
    /// This is no barrier, one of the entities lives elsewhere or cannot be frozen, or an errand of an envelope
    /// is pending for it.
    /// </exception>
    public byte[] Freeze(ReadOnlySpan<EntityId> entities, VirtualTime at) =>
        FreezeEach(
            [
                [.. entities],
            ],
            at
        )[0];

    /// <summary>Freezes groups of entities, each into a blob of its own.</summary>
    /// <inheritdoc cref="Freeze"/>
    public byte[][] FreezeEach(IReadOnlyList<ImmutableArray<EntityId>> groups, VirtualTime at)
    {
        ArgumentNullException.ThrowIfNull(groups);
        bool isBegun = _current.Message is not null;
        if (NextTime < at || (isBegun && Now >= at))
        {
            throw new InvalidOperationException(
                $"{at} is no barrier: handled last {_current.Key}, next event at {NextTime}"
            );
        }
        return new ResidentState(_machine, Region, _residents, _queue).FreezeEach(groups, at);
    }

    /// <summary>Takes this region's entities out of what was frozen; true at each one that was there.</summary>
    private bool[] Thaw(Resumption from)
    {
        bool[] thawed = new ResidentState(_machine, Region, _residents, _queue).Thaw(from);
        foreach (ref readonly Resident resident in _residents.AsSpan())
        {
            Handled += resident.Handled;
        }
        return thawed;
    }
}
