using System;
using System.Collections.Generic;

namespace PvTimer.Simulation.Tests.World;

/// <summary>How often each kind of fault has hit something: one that never does is not tested.</summary>
internal sealed class Hits
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> Counts => _counts;

    public void Count(string fault) => _counts[fault] = _counts.GetValueOrDefault(fault) + 1;

    public void Add(Hits other)
    {
        foreach ((string fault, long count) in other._counts)
        {
            _counts[fault] = _counts.GetValueOrDefault(fault) + count;
        }
    }
}
