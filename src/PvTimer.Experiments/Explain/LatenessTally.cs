using System;
using System.Collections.Generic;
using System.Numerics;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Explain;

/// <summary>
/// Sums of causes by lateness, in bounded memory: 32 classes for each power of two, so that the timers of one class are
/// within 3 % of each other.
/// </summary>
internal sealed class LatenessTally
{
    private const int Bits = 5;

    private readonly SortedDictionary<int, Class> _classes = [];

    /// <summary>The timers of one class, and the nanoseconds of each cause over all of them.</summary>
    internal sealed class Class
    {
        public long Timers { get; set; }

        public long[] Sums { get; } = new long[CauseNames.All.Length];
    }

    public long Timers { get; private set; }

    public void Add(VirtualDuration lateness, ReadOnlySpan<long> causes)
    {
        Timers++;
        int key = KeyOf(lateness.Nanoseconds);
        if (!_classes.TryGetValue(key, out Class? of))
        {
            _classes.Add(key, of = new Class());
        }
        of.Timers++;
        for (int i = 0; i < causes.Length; i++)
        {
            of.Sums[i] += causes[i];
        }
    }

    /// <summary>The class that holds the timer of this rank, from 1 for the earliest.</summary>
    public Class AtRank(long rank)
    {
        long before = 0;
        Class? last = null;
        foreach (Class each in _classes.Values)
        {
            last = each;
            before += each.Timers;
            if (before >= rank)
            {
                break;
            }
        }
        return last ?? throw new InvalidOperationException("no timer has fired");
    }

    /// <summary>All timers.</summary>
    public Class Total()
    {
        Class total = new() { Timers = Timers };
        foreach (Class each in _classes.Values)
        {
            for (int i = 0; i < total.Sums.Length; i++)
            {
                total.Sums[i] += each.Sums[i];
            }
        }
        return total;
    }

    /// <summary>Ascends with the lateness.</summary>
    private static int KeyOf(long nanoseconds)
    {
        ulong size = (ulong)Math.Abs(nanoseconds);
        int octave = int.Max(0, BitOperations.Log2(size | 1) - Bits);
        int key = (octave << Bits) + (int)(size >> octave) + 1;
        return nanoseconds < 0 ? -key : key;
    }
}
