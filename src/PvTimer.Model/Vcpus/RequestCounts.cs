using System.Collections;
using System.Collections.Generic;
using PvTimer.Model.Collections;
using PvTimer.Model.State;

namespace PvTimer.Model.Vcpus;

/// <summary>
/// Requests by interrupt vector. A guest uses a few of the 256, and those again and again: a vector that has had one keeps
/// its place. A field of this type is the table itself: it is not to be copied.
/// </summary>
internal struct RequestCounts : ISmallCollection
{
    private const int Vectors = 256;

    /// <summary>By vector, ascending.</summary>
    private SmallList<(byte Vector, int Count)> _counts;

    readonly int ISmallCollection.Count => _counts.Count;

    /// <summary>How many there are of a vector; a place to change it.</summary>
    public ref int this[byte vector]
    {
        get
        {
            int place = 0;
            while (place < _counts.Count && _counts[place].Vector < vector)
            {
                place++;
            }
            if (place == _counts.Count || _counts[place].Vector != vector)
            {
                _counts.Insert(place, (vector, 0));
            }
            return ref _counts[place].Count;
        }
    }

    public void Clear() => _counts.Clear();

    public void Transfer(StateTransfer state)
    {
        int counted = 0;
        foreach ((_, int count) in _counts.Items)
        {
            counted += count == 0 ? 0 : 1;
        }
        int left = state.Count(counted);
        if (!state.IsThawing)
        {
            foreach ((byte vector, int count) in _counts.Items)
            {
                if (count != 0)
                {
                    state.Value((int)vector);
                    state.Value(count);
                }
            }
            return;
        }
        Clear();
        for (; left > 0; left--)
        {
            int vector = state.Value(0);
            if (vector is < 0 or >= Vectors)
            {
                throw state.Damaged($"there is no vector {vector}");
            }
            this[(byte)vector] = state.Value(0);
        }
    }

    readonly IEnumerator<KeyValuePair<object, object?>> IEnumerable<
        KeyValuePair<object, object?>
    >.GetEnumerator()
    {
        for (int index = 0; index < _counts.Count; index++)
        {
            if (_counts[index].Count != 0)
            {
                yield return new(_counts[index].Vector, _counts[index].Count);
            }
        }
    }

    readonly IEnumerator IEnumerable.GetEnumerator() =>
        ((IEnumerable<KeyValuePair<object, object?>>)this).GetEnumerator();
}
