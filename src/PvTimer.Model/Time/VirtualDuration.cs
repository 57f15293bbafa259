using System;
using System.Globalization;

namespace PvTimer.Model.Time;

/// <summary>A span of virtual time: whole nanoseconds, may be negative. Arithmetic is checked.</summary>
public readonly record struct VirtualDuration : IComparable<VirtualDuration>
{
    private VirtualDuration(long nanoseconds) => Nanoseconds = nanoseconds;

    public static VirtualDuration Zero { get; }

    /// <summary>The shortest latency between two entities: 1 ns.</summary>
    public static VirtualDuration Smallest { get; } = new(1);

    public long Nanoseconds { get; }

    public static VirtualDuration FromNanoseconds(long nanoseconds) => new(nanoseconds);

    public static VirtualDuration FromMicroseconds(long microseconds) => new(microseconds * 1_000);

    public static VirtualDuration FromMilliseconds(long milliseconds) =>
        new(milliseconds * 1_000_000);

    public static VirtualDuration FromSeconds(long seconds) => new(seconds * 1_000_000_000);

    public static VirtualDuration operator +(VirtualDuration left, VirtualDuration right) =>
        new(left.Nanoseconds + right.Nanoseconds);

    public static VirtualDuration operator -(VirtualDuration left, VirtualDuration right) =>
        new(left.Nanoseconds - right.Nanoseconds);

    public static VirtualDuration operator *(VirtualDuration duration, long factor) =>
        new(duration.Nanoseconds * factor);

    public static bool operator <(VirtualDuration left, VirtualDuration right) =>
        left.Nanoseconds < right.Nanoseconds;

    public static bool operator >(VirtualDuration left, VirtualDuration right) =>
        left.Nanoseconds > right.Nanoseconds;

    public static bool operator <=(VirtualDuration left, VirtualDuration right) =>
        left.Nanoseconds <= right.Nanoseconds;

    public static bool operator >=(VirtualDuration left, VirtualDuration right) =>
        left.Nanoseconds >= right.Nanoseconds;

    public static VirtualDuration Min(VirtualDuration left, VirtualDuration right) =>
        left < right ? left : right;

    public static VirtualDuration Max(VirtualDuration left, VirtualDuration right) =>
        left < right ? right : left;

    public int CompareTo(VirtualDuration other) => Nanoseconds.CompareTo(other.Nanoseconds);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Nanoseconds} ns");
}
