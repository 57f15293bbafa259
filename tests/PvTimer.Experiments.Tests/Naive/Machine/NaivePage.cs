using System;
using System.Collections.Generic;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <summary>A word of memory that one CPU writes and another reads: a store is seen a line transfer later.</summary>
internal sealed class NaiveWord
{
    private readonly List<(long VisibleAt, long Value)> _stores = [(long.MinValue, 0)];

    /// <summary>As its writer sees it.</summary>
    public long Last => _stores[^1].Value;

    public void Store(long visibleAt, long value) => _stores.Add((visibleAt, value));

    public long At(long now)
    {
        _stores.RemoveRange(0, _stores.FindLastIndex(store => store.VisibleAt <= now));
        return _stores[0].Value;
    }

    /// <summary>What is there, and 0 from now on.</summary>
    public long Take(long now)
    {
        long value = At(now);
        _stores[0] = (now, 0);
        return value;
    }
}

/// <summary>A time stamp counter that was 0 at the start.</summary>
internal readonly record struct NaiveTsc(long Kilohertz)
{
    public long At(long nanoseconds) => (long)((Int128)nanoseconds * Kilohertz / 1_000_000);

    /// <summary>The first nanosecond at which it shows that.</summary>
    public long TimeOf(long cycles) =>
        (long)((((Int128)cycles * 1_000_000) + Kilohertz - 1) / Kilohertz);
}
