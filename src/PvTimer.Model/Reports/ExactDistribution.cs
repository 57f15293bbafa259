using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Reports;

/// <summary>Spans counted by their exact value: quantiles are exact, not binned.</summary>
public sealed class ExactDistribution : IStateful
{
    private readonly Dictionary<long, long> _counts = [];

    public long Count { get; private set; }

    public void Add(VirtualDuration span, long times = 1)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, span.Nanoseconds, out _) += times;
        Count += times;
    }

    public void AddAll(ExactDistribution other)
    {
        foreach ((VirtualDuration span, long count) in other.Ascending())
        {
            Add(span, count);
        }
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

    /// <inheritdoc/>
    /// <remarks>Ascending, each value as its distance from the one before.</remarks>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        long[] spans = [.. _counts.Keys];
        Array.Sort(spans);
        int left = state.Count(spans.Length);
        Count = state.Value(Count);
        if (!state.IsThawing)
        {
            long before = 0;
            foreach (long span in spans)
            {
                state.Value(span - before);
                state.Value(_counts[span]);
                before = span;
            }
            return;
        }
        _counts.Clear();
        _counts.EnsureCapacity(left);
        Int128 value = 0;
        for (; left > 0; left--)
        {
            value += state.Value(0L);
            bool isNew = value >= long.MinValue && value <= long.MaxValue;
            if (!isNew || !_counts.TryAdd((long)value, state.Value(0L)))
            {
                throw state.Damaged("a distribution holds a value twice, or one beyond 64 bits");
            }
        }
    }
}
