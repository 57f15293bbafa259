using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using PvTimer.Model.Events;

namespace PvTimer.Model.Collections;

/// <summary>
/// A few values by entity, in the order of the entities: one array, none as long as it is empty. Finding one takes
/// O(log n), adding and removing one O(n). A field of this type is the map itself: it is not to be copied.
/// </summary>
/// <remarks>
/// A machine has millions of maps with one entry or none: a Dictionary takes 80 bytes empty and 216 with one entry, this
/// 16 and 56.
/// </remarks>
internal struct EntityMap<TValue> : ISmallCollection
{
    private SmallList<(EntityId Key, TValue Value)> _entries;

    public readonly int Count => _entries.Count;

    /// <summary>All of them; valid until one is added or removed.</summary>
    public readonly ReadOnlySpan<(EntityId Key, TValue Value)> Entries => _entries.Items;

    public readonly bool TryGet(EntityId key, [MaybeNullWhen(false)] out TValue value)
    {
        int place = PlaceOf(key);
        value = place >= 0 ? _entries[place].Value : default;
        return place >= 0;
    }

    /// <summary>The place of an entity's value, which is the default one if it is new; valid until another one is.</summary>
    [UnscopedRef]
    public ref TValue At(EntityId key)
    {
        int place = PlaceOf(key);
        if (place < 0)
        {
            place = ~place;
            _entries.Insert(place, (key, default!));
        }
        return ref _entries[place].Value;
    }

    /// <returns>False if the entity has a value already, which stays.</returns>
    public bool TryAdd(EntityId key, TValue value)
    {
        int place = PlaceOf(key);
        if (place < 0)
        {
            _entries.Insert(~place, (key, value));
        }
        return place < 0;
    }

    public void Remove(EntityId key)
    {
        int place = PlaceOf(key);
        if (place >= 0)
        {
            _entries.RemoveAt(place);
        }
    }

    public void Clear() => this = default;

    readonly IEnumerator<KeyValuePair<object, object?>> IEnumerable<
        KeyValuePair<object, object?>
    >.GetEnumerator()
    {
        for (int index = 0; index < _entries.Count; index++)
        {
            yield return new(_entries[index].Key, _entries[index].Value);
        }
    }

    readonly IEnumerator IEnumerable.GetEnumerator() =>
        ((IEnumerable<KeyValuePair<object, object?>>)this).GetEnumerator();

    /// <summary>Where an entity is; else the complement of where it would be.</summary>
    private readonly int PlaceOf(EntityId key)
    {
        ReadOnlySpan<(EntityId Key, TValue Value)> entries = Entries;
        int low = 0;
        int high = entries.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int found = entries[middle].Key.Index;
            if (found == key.Index)
            {
                return middle;
            }
            if (found < key.Index)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }
        return ~low;
    }
}
