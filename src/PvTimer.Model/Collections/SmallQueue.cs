using System;
using System.Collections;
using System.Collections.Generic;

namespace PvTimer.Model.Collections;

/// <summary>
/// A few values in a row: one array, none as long as it is empty. A field of this type is the queue itself: it is not to
/// be copied.
/// </summary>
internal struct SmallQueue<T> : ISmallCollection
{
    private T[]? _items;
    private int _head;
    private int _count;

    public readonly int Count => _count;

    /// <param name="index">0: the one that was put in first.</param>
    public readonly ref T this[int index] => ref _items![(_head + index) & (_items.Length - 1)];

    public void Enqueue(T item)
    {
        if (_items is null || _count == _items.Length)
        {
            Grow();
        }
        _items![(_head + _count++) & (_items.Length - 1)] = item;
    }

    /// <exception cref="InvalidOperationException">It is empty.</exception>
    public T Dequeue()
    {
        if (_count == 0)
        {
            throw new InvalidOperationException("the queue is empty");
        }
        T item = _items![_head];
        _items[_head] = default!;
        _head = (_head + 1) & (_items.Length - 1);
        _count--;
        return item;
    }

    /// <summary>The place of the first that equals <paramref name="item"/>; -1 if there is none.</summary>
    public readonly int IndexOf(T item)
    {
        EqualityComparer<T> comparer = EqualityComparer<T>.Default;
        for (int index = 0; index < _count; index++)
        {
            if (comparer.Equals(this[index], item))
            {
                return index;
            }
        }
        return -1;
    }

    /// <summary>Takes out the one at that place; the others keep their order.</summary>
    public T RemoveAt(int index)
    {
        T item = this[index];
        for (; index > 0; index--)
        {
            this[index] = this[index - 1];
        }
        Dequeue();
        return item;
    }

    /// <summary>Keeps the memory.</summary>
    public void Clear()
    {
        while (_count > 0)
        {
            Dequeue();
        }
    }

    readonly IEnumerator<KeyValuePair<object, object?>> IEnumerable<
        KeyValuePair<object, object?>
    >.GetEnumerator()
    {
        for (int index = 0; index < _count; index++)
        {
            yield return new(index, this[index]);
        }
    }

    readonly IEnumerator IEnumerable.GetEnumerator() =>
        ((IEnumerable<KeyValuePair<object, object?>>)this).GetEnumerator();

    /// <summary>The length is a power of two.</summary>
    private void Grow()
    {
        var larger = new T[Math.Max(1, _count * 2)];
        for (int index = 0; index < _count; index++)
        {
            larger[index] = this[index];
        }
        (_items, _head) = (larger, 0);
    }
}
