using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;
using PvTimer.Model.Time;

namespace PvTimer.Model.Reports;

/// <summary>Spans counted by their value: quantiles are exact, not binned, unless the values were rounded before.</summary>
public sealed class ExactDistribution
{
    private readonly Dictionary<long, long> _counts = [];

    public long Count { get; private set; }

    /// <summary>Some of them have three significant digits: they were too many to be kept one by one.</summary>
    public bool IsRounded { get; private set; }

    public void Add(VirtualDuration span, long times = 1)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, span.Nanoseconds, out _) += times;
        Count += times;
    }

    public void AddAll(ExactDistribution other)
    {
        IsRounded |= other.IsRounded;
        AddAll(other.Ascending());
    }

    internal void AddAll(BoundedDistribution other)
    {
        IsRounded |= other.IsRounded;
        AddAll(other.Ascending());
    }

    private void AddAll(ImmutableArray<(VirtualDuration Span, long Count)> spans)
    {
        foreach ((VirtualDuration span, long count) in spans)
        {
            Add(span, count);
        }
    }

    /// <summary>The same values, each less the smallest of them.</summary>
    public ExactDistribution RelativeToSmallest()
    {
        VirtualDuration smallest = Quantile(0);
        ExactDistribution relative = new() { IsRounded = IsRounded };
        foreach ((VirtualDuration span, long count) in Ascending())
        {
            relative.Add(span - smallest, count);
        }
        return relative;
    }

    /// <summary>Each value with how often it came, ascending.</summary>
    public ImmutableArray<(VirtualDuration Span, long Count)> Ascending() =>
        [
            .. _counts
                .OrderBy(pair => pair.Key)
                .Select(pair => (VirtualDuration.FromNanoseconds(pair.Key), pair.Value)),
        ];

    /// <summary>
    /// The smallest value that at least <paramref name="permyriad"/> ten-thousandths of all values do not
    /// exceed (nearest rank); zero if there are none. 5 000 is the median, 9 990 is p99.9.
    /// </summary>
    public VirtualDuration Quantile(int permyriad)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(permyriad);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(permyriad, 10_000);
        long rank = Math.Max(1, ((Count * permyriad) + 9_999) / 10_000);
        foreach ((VirtualDuration span, long count) in Ascending())
        {
            rank -= count;
            if (rank <= 0)
            {
                return span;
            }
        }
        return VirtualDuration.Zero;
    }

    /// <summary>The sum of all values, in nanoseconds.</summary>
    public Int128 Sum =>
        Ascending()
            .Aggregate(
                Int128.Zero,
                (sum, entry) => sum + ((Int128)entry.Span.Nanoseconds * entry.Count)
            );
}
