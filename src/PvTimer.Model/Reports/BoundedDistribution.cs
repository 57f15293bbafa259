using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Numerics;
using System.Runtime.InteropServices;
using PvTimer.Model.Collections;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Reports;

/// <summary>
/// Spans counted in bounded memory: each by its exact value, until there are more different ones than it was allowed; from
/// then on with three significant digits, as an HDR histogram (Tene, HdrHistogram) counts them.
/// </summary>
/// <remarks>
/// Values stand in the order in which they came first, in one array that is searched from its begin, none as long as it is
/// empty: most have a few. Those that have many are a table by value.
/// </remarks>
/// <param name="mostExact">So many different values are counted exactly, at least 1.</param>
internal sealed class BoundedDistribution(int mostExact) : IStateful
{
    private const int MostExactOfAll = 1 << 20;
    private const int MostExactOfOne = 1 << 16;
    private const int LeastExactOfOne = 64;

    /// <summary>More than this are a table.</summary>
    private const int MostInArray = 64;

    /// <summary>2 048 places for an octave and all below it: three digits.</summary>
    private const int MantissaBits = 11;

    private readonly int _mostExact = mostExact;
    private SmallList<SpanCount> _counts;
    private Dictionary<long, long>? _table;
    private long[]? _quarters;

    private record struct SpanCount(long Nanoseconds, long Count);

    /// <summary>
    /// How many values each of so many distributions may count exactly, so that all together take 16 to 40 MB: a small
    /// machine never has as many in a minute's run, of a large one each vCPU has the first few.
    /// </summary>
    public static int ShareOf(int distributions) =>
        Math.Clamp(MostExactOfAll / Math.Max(1, distributions), LeastExactOfOne, MostExactOfOne);

    /// <summary>How many spans there are.</summary>
    public long Count { get; private set; }

    /// <summary>They are counted with three significant digits; otherwise exactly.</summary>
    public bool IsRounded { get; private set; }

    public void Add(VirtualDuration span)
    {
        Count++;
        AddTo(IsRounded ? Round(span.Nanoseconds) : span.Nanoseconds, 1);
        if (!IsRounded && Values > _mostExact)
        {
            RoundAll();
        }
        if (_quarters is not null)
        {
            CountQuarter(span.Nanoseconds, 1);
        }
    }

    /// <summary>
    /// How many spans lie in each bucket of <see cref="QuarterOctaves"/>. Once a look has asked for it, it is kept
    /// from then on.
    /// </summary>
    internal long[] Quarters
    {
        get
        {
            if (_quarters is null)
            {
                _quarters = [];
                foreach ((VirtualDuration span, long count) in Ascending())
                {
                    CountQuarter(span.Nanoseconds, count);
                }
            }
            return _quarters;
        }
    }

    /// <summary>Each value with how often it came, ascending.</summary>
    public ImmutableArray<(VirtualDuration Span, long Count)> Ascending()
    {
        SpanCount[] sorted = Counts();
        Array.Sort(sorted, static (left, right) => left.Nanoseconds.CompareTo(right.Nanoseconds));
        return
        [
            .. sorted.Select(one => (VirtualDuration.FromNanoseconds(one.Nanoseconds), one.Count)),
        ];
    }

    /// <summary>
    /// The largest span that three significant digits do not tell from this one; of less than 2 048 ns it is the span
    /// itself. So a quantile is exceeded by no more spans than its exact value is.
    /// </summary>
    internal static long Round(long nanoseconds)
    {
        ulong size = (ulong)Math.Abs(nanoseconds);
        int dropped = Math.Max(0, BitOperations.Log2(size | 1) + 1 - MantissaBits);
        ulong unseen = (1UL << dropped) - 1;
        return nanoseconds >= 0 ? (long)(size | unseen) : -(long)(size & ~unseen);
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        long count = state.Value(IsRounded ? ~Count : Count);
        IsRounded = count < 0;
        Count = IsRounded ? ~count : count;
        if (state.IsThawing)
        {
            Thaw(state);
        }
        else if (_table is not null)
        {
            state.Tally(_table);
        }
        else
        {
            Freeze(state);
        }
    }

    /// <summary>As <see cref="StateTransfer.Tally"/> writes a table.</summary>
    private void Freeze(StateTransfer state)
    {
        state.Count(_counts.Count);
        long before = 0;
        foreach (SpanCount one in _counts.Items)
        {
            state.Value(one.Nanoseconds - before);
            state.Value(one.Count);
            before = one.Nanoseconds;
        }
    }

    private void Thaw(StateTransfer state)
    {
        Dictionary<long, long> counts = [];
        state.Tally(counts);
        _quarters = null;
        _counts.Clear();
        _table = counts.Count > MostInArray ? counts : null;
        if (_table is null)
        {
            foreach ((long nanoseconds, long times) in counts)
            {
                AddTo(nanoseconds, times);
            }
        }
    }

    private int Values => _table?.Count ?? _counts.Count;

    private void AddTo(long nanoseconds, long times)
    {
        if (_table is not null)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_table, nanoseconds, out _) += times;
            return;
        }
        foreach (ref SpanCount one in _counts.Items)
        {
            if (one.Nanoseconds == nanoseconds)
            {
                one.Count += times;
                return;
            }
        }
        if (_counts.Count < MostInArray)
        {
            _counts.Insert(_counts.Count, new SpanCount(nanoseconds, times));
            return;
        }
        _table = new Dictionary<long, long>(2 * MostInArray);
        foreach (SpanCount one in _counts.Items)
        {
            _table.Add(one.Nanoseconds, one.Count);
        }
        _table.Add(nanoseconds, times);
        _counts.Clear();
    }

    private void RoundAll()
    {
        SpanCount[] exact = Counts();
        _table = null;
        _counts.Clear();
        IsRounded = true;
        foreach (SpanCount one in exact)
        {
            AddTo(Round(one.Nanoseconds), one.Count);
        }
    }

    /// <summary>A copy, in their order.</summary>
    private SpanCount[] Counts() =>
        _table is null
            ? _counts.Items.ToArray()
            : [.. _table.Select(one => new SpanCount(one.Key, one.Value))];

    private void CountQuarter(long nanoseconds, long times)
    {
        int bucket = QuarterOctaves.BucketOf(VirtualDuration.FromNanoseconds(nanoseconds));
        if (bucket >= _quarters!.Length)
        {
            Array.Resize(ref _quarters, bucket + 1);
        }
        _quarters[bucket] += times;
    }
}
