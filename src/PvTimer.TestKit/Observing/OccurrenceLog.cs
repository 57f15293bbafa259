using System;

namespace PvTimer.TestKit.Observing;

/// <summary>What has happened in a script, the latest part of it.</summary>
internal sealed class OccurrenceLog
{
    /// <summary>How many occurrences are kept.</summary>
    public const int Capacity = 1 << 17;

    private Occurrence[] _ring = new Occurrence[1 << 10];

    /// <summary>The number of the next occurrence: they are counted from 0.</summary>
    public long End { get; private set; }

    /// <summary>The first one that is still there.</summary>
    public long Oldest => Math.Max(0, End - Capacity);

    public ref readonly Occurrence this[long number] => ref _ring[number & (_ring.Length - 1)];

    public void Add(in Occurrence occurrence)
    {
        if (End == _ring.Length && _ring.Length < Capacity)
        {
            Array.Resize(ref _ring, _ring.Length * 2);
        }
        _ring[End & (_ring.Length - 1)] = occurrence;
        End++;
    }
}
