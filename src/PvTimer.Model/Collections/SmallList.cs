using System;
using System.Collections;
using System.Collections.Generic;

namespace PvTimer.Model.Collections;

/// <summary>
/// A few values by place: one array, none as long as it is empty. A field of this type is the list itself: it is not to
/// be copied.
/// </summary>
internal struct SmallList<T> : ISmallCollection
{
    private const int DoublesUpTo = 16;

    private T[]? _items;
    private int _count;

    public readonly int Count => _count;

    /// <summary>All of them; valid until one is added or removed.</summary>
    public readonly Span<T> Items => _items.AsSpan(0, _count);

    public readonly ref T this[int place] => ref Items[place];

    /// <summary>Those at that place and behind it move on.</summary>
    public void Insert(int place, T item)
    {
        if (_items is null || _count == _items.Length)
        {
            Array.Resize(
                ref _items,
                Math.Max(1, _count < DoublesUpTo ? _count * 2 : _count + (_count / 2))
            );
        }
        Array.Copy(_items, place, _items, place + 1, _count - place);
        _items[place] = item;
        _count++;
    }

    public void RemoveAt(int place)
    {
        _count--;
        Array.Copy(_items!, place + 1, _items!, place, _count - place);
        _items![_count] = default!;
    }

    /// <summary>Gives the memory back.</summary>
    public void Clear() => this = default;

    readonly IEnumerator<KeyValuePair<object, object?>> IEnumerable<
        KeyValuePair<object, object?>
    >.GetEnumerator()
    {
        for (int place = 0; place < _count; place++)
        {
            yield return new(place, _items![place]);
        }
    }

    readonly IEnumerator IEnumerable.GetEnumerator() =>
        ((IEnumerable<KeyValuePair<object, object?>>)this).GetEnumerator();
}
