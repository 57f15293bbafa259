using System;
using PvTimer.Model.Time;

namespace PvTimer.Model.Migration;

/// <summary>An amount of memory or of what a network carries, in bytes; never negative.</summary>
public readonly record struct DataSize(long Bytes)
{
    public static DataSize FromMebibytes(long mebibytes) => new(mebibytes * 1024 * 1024);

    public static DataSize Min(DataSize left, DataSize right) =>
        new(Math.Min(left.Bytes, right.Bytes));

    public static DataSize operator +(DataSize left, DataSize right) =>
        new(left.Bytes + right.Bytes);

    public override string ToString() => $"{Bytes} bytes";
}

/// <summary>How fast data is carried or changed, in bits per second; at least 1.</summary>
public readonly record struct DataRate(long BitsPerSecond)
{
    private const int BitsPerByte = 8;
    private const long NanosecondsPerSecond = 1_000_000_000;

    public static DataRate FromGigabits(long gigabits) => new(gigabits * 1_000_000_000);

    public static DataRate FromMebibytes(long mebibytes) =>
        new(DataSize.FromMebibytes(mebibytes).Bytes * BitsPerByte);

    public static DataRate Min(DataRate left, DataRate right) =>
        new(Math.Min(left.BitsPerSecond, right.BitsPerSecond));

    /// <summary>How long <paramref name="size"/> takes, rounded up to whole nanoseconds.</summary>
    public VirtualDuration TimeFor(DataSize size)
    {
        Int128 work = (Int128)size.Bytes * BitsPerByte * NanosecondsPerSecond;
        return VirtualDuration.FromNanoseconds((long)((work + BitsPerSecond - 1) / BitsPerSecond));
    }

    /// <summary>How much <paramref name="span"/> is enough for, rounded down to whole bytes.</summary>
    public DataSize Within(VirtualDuration span) =>
        new(
            (long)((Int128)BitsPerSecond * span.Nanoseconds / (NanosecondsPerSecond * BitsPerByte))
        );

    public override string ToString() => $"{BitsPerSecond} bit/s";
}
