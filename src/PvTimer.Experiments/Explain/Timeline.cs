using System.Collections.Generic;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Explain;

/// <summary>What something was from when on; the last entry holds until the next one comes.</summary>
internal sealed class Timeline<T>
{
    /// <summary>Beyond so many entries old ones are forgotten, if nothing needs them.</summary>
    private const int UsualEntries = 512;

    private readonly List<(VirtualTime At, T Value)> _entries = [];
    private int _limit = UsualEntries;

    public bool IsEmpty => _entries.Count == 0;

    /// <summary>The value that was added last.</summary>
    public T? Last => _entries.Count == 0 ? default : _entries[^1].Value;

    /// <summary>It is time to ask what is still needed, and to <see cref="Forget"/> the rest.</summary>
    public bool IsFull => _entries.Count > _limit;

    /// <param name="at">Entries that were to begin later are void.</param>
    /// <param name="value">From then on.</param>
    public void Add(VirtualTime at, T value)
    {
        while (_entries.Count > 0 && _entries[^1].At >= at)
        {
            _entries.RemoveAt(_entries.Count - 1);
        }
        _entries.Add((at, value));
    }

    /// <summary>The value at an instant; before the first entry its value.</summary>
    public T? At(VirtualTime time) =>
        _entries.Count == 0 ? default : _entries[int.Max(IndexAt(time), 0)].Value;

    /// <summary>When the value began that holds at an instant.</summary>
    public VirtualTime SinceAt(VirtualTime time) =>
        IndexAt(time) is >= 0 and int index ? _entries[index].At : VirtualTime.Zero;

    /// <summary>The first change after an instant; <see cref="VirtualTime.MaxValue"/> if there is none.</summary>
    public VirtualTime NextAfter(VirtualTime time) =>
        IndexAt(time) + 1 is int next && next < _entries.Count
            ? _entries[next].At
            : VirtualTime.MaxValue;

    /// <summary>Forgets what ended before an instant.</summary>
    public void Forget(VirtualTime before)
    {
        int first = IndexAt(before);
        if (first > 0)
        {
            _entries.RemoveRange(0, first);
        }
        _limit = int.Max(UsualEntries, _entries.Count * 2);
    }

    /// <summary>The last entry that begins at or before an instant; -1 if none does.</summary>
    private int IndexAt(VirtualTime time)
    {
        int low = 0;
        int high = _entries.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_entries[middle].At <= time)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low - 1;
    }
}
