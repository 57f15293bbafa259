using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Numerics;
using PvTimer.Model.Time;

namespace PvTimer.Model.Reports;

/// <summary>How many spans lie in a bucket.</summary>
/// <param name="Bucket">See <see cref="QuarterOctaves.BucketOf"/>.</param>
/// <param name="Count">At least 1.</param>
public readonly record struct BucketCount(int Bucket, long Count);

/// <summary>
/// Spans counted by size in buckets of a quarter of an octave: [4, 5), [5, 6), [6, 7), [7, 8) ns, then
/// [8, 10), [10, 12) and so on. Coarser than <see cref="ExactDistribution"/> and small enough to be
/// looked at several times a second.
/// </summary>
/// <param name="Buckets">Those that are not empty, ascending.</param>
public sealed record QuarterOctaves(ImmutableArray<BucketCount> Buckets)
{
    private const int Quarters = 4;

    private static readonly VirtualDuration s_longest = VirtualDuration.FromNanoseconds(
        long.MaxValue
    );
    private static readonly int s_last = BucketOf(s_longest);

    public static QuarterOctaves None { get; } = new([]);

    /// <summary>How many spans there are.</summary>
    public long Count => Buckets.Sum(bucket => bucket.Count);

    /// <summary>The bucket of a span; what is negative counts as nothing.</summary>
    public static int BucketOf(VirtualDuration span)
    {
        long nanoseconds = Math.Max(0, span.Nanoseconds);
        if (nanoseconds < Quarters)
        {
            return (int)nanoseconds;
        }
        int octave = BitOperations.Log2((ulong)nanoseconds);
        int quarter = (int)(nanoseconds >> (octave - 2)) % Quarters;
        return (Quarters * (octave - 1)) + quarter;
    }

    /// <summary>The shortest span of a bucket.</summary>
    /// <param name="bucket">0 to 247, that of the longest span there is.</param>
    public static VirtualDuration LeastOf(int bucket)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bucket);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bucket, s_last);
        return VirtualDuration.FromNanoseconds(
            bucket < Quarters
                ? bucket
                : (long)(Quarters + (bucket % Quarters)) << ((bucket / Quarters) - 1)
        );
    }

    /// <summary>The longest span of a bucket.</summary>
    private static VirtualDuration LongestOf(int bucket) =>
        bucket == s_last ? s_longest : LeastOf(bucket + 1) - VirtualDuration.Smallest;

    /// <summary>
    /// Not exceeded by at least <paramref name="permyriad"/> ten-thousandths of the spans, and too large by a
    /// quarter at most; zero if there are none.
    /// </summary>
    public VirtualDuration Quantile(int permyriad)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(permyriad);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(permyriad, 10_000);
        long rank = Math.Max(1, ((Count * permyriad) + 9_999) / 10_000);
        foreach (BucketCount bucket in Buckets)
        {
            rank -= bucket.Count;
            if (rank <= 0)
            {
                return LongestOf(bucket.Bucket);
            }
        }
        return VirtualDuration.Zero;
    }

    /// <summary>All spans of several, each counted in an array with a place for every bucket.</summary>
    internal static QuarterOctaves Sum(IEnumerable<long[]> counts)
    {
        long[] sum = [];
        foreach (long[] each in counts)
        {
            if (each.Length > sum.Length)
            {
                Array.Resize(ref sum, each.Length);
            }
            for (int bucket = 0; bucket < each.Length; bucket++)
            {
                sum[bucket] += each[bucket];
            }
        }
        return new([
            .. sum.Select((count, bucket) => new BucketCount(bucket, count))
                .Where(one => one.Count != 0),
        ]);
    }

    /// <summary>All spans of both.</summary>
    public QuarterOctaves Plus(QuarterOctaves other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Of(Buckets.Concat(other.Buckets));
    }

    /// <summary>Those that came since an earlier look; none if it is no earlier look at the same.</summary>
    public QuarterOctaves Since(QuarterOctaves earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        QuarterOctaves since = Of(
            Buckets.Concat(earlier.Buckets.Select(one => one with { Count = -one.Count }))
        );
        return since.Buckets.All(bucket => bucket.Count > 0) ? since : None;
    }

    private static QuarterOctaves Of(IEnumerable<BucketCount> buckets) =>
        new([
            .. buckets
                .GroupBy(one => one.Bucket)
                .Select(same => new BucketCount(same.Key, same.Sum(one => one.Count)))
                .Where(one => one.Count != 0)
                .OrderBy(one => one.Bucket),
        ]);
}
