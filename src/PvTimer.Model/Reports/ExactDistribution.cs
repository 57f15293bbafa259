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
    private long[]? _quarters;

    public long Count { get; private set; }

    public void Add(VirtualDuration span, long times = 1)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, span.Nanoseconds, out _) += times;
        Count += times;
        if (_quarters is not null)
        {
            CountQuarter(span, times);
        }
    }

    /// <summary>
    /// How many spans lie in each bucket of <see cref="QuarterOctaves"/>. Whoever has asked once has it kept
    /// from then on.
    /// </summary>
    internal long[] Quarters
    {
        get
        {
            if (_quarters is null)
            {
                _quarters = [];
                foreach ((long nanoseconds, long count) in _counts)
                {
                    CountQuarter(VirtualDuration.FromNanoseconds(nanoseconds), count);
                }
            }
            return _quarters;
        }
    }

    public void AddAll(ExactDistribution other)
    {
        foreach ((VirtualDuration span, long count) in other.Ascending())
        {
            Add(span, count);
        }
    }

    /// <summary>The same values, each less the smallest of them.</summary>
    public ExactDistribution RelativeToSmallest()
    {
        VirtualDuration smallest = Quantile(0);
        ExactDistribution relative = new();
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

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Count = state.Value(Count);
        state.Tally(_counts);
        if (state.IsThawing)
        {
            _quarters = null;
        }
    }

    private void CountQuarter(VirtualDuration span, long times)
    {
        int bucket = QuarterOctaves.BucketOf(span);
        if (bucket >= _quarters!.Length)
        {
            Array.Resize(ref _quarters, bucket + 1);
        }
        _quarters[bucket] += times;
    }
}
