using System;
using System.Globalization;

namespace PvTimer.Model.Time;

/// <summary>
/// An instant of virtual time: whole nanoseconds since the start of the run. Every host of a run
/// shares this one clock; the TSCs of hosts and guests are derived from it (<see cref="TscClock"/>).
/// </summary>
/// <remarks>
/// Range: 0 to 2^63-1 ns (292 years). Arithmetic is checked: an overflow throws and stops the run.
/// </remarks>
public readonly record struct VirtualTime : IComparable<VirtualTime>
{
    private VirtualTime(long nanoseconds) => Nanoseconds = nanoseconds;

    /// <summary>The start of the run.</summary>
    public static VirtualTime Zero { get; }

    /// <summary>Later than anything that can be scheduled.</summary>
    public static VirtualTime MaxValue { get; } = new(long.MaxValue);

    /// <summary>Nanoseconds since the start of the run.</summary>
    public long Nanoseconds { get; }

    /// <exception cref="ArgumentOutOfRangeException">The instant lies before the run.</exception>
    public static VirtualTime FromNanoseconds(long nanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nanoseconds);
        return new VirtualTime(nanoseconds);
    }

    public static VirtualTime operator +(VirtualTime time, VirtualDuration duration) =>
        new(time.Nanoseconds + duration.Nanoseconds);

    public static VirtualTime operator -(VirtualTime time, VirtualDuration duration) =>
        new(time.Nanoseconds - duration.Nanoseconds);

    public static VirtualDuration operator -(VirtualTime later, VirtualTime earlier) =>
        VirtualDuration.FromNanoseconds(later.Nanoseconds - earlier.Nanoseconds);

    public static bool operator <(VirtualTime left, VirtualTime right) =>
        left.Nanoseconds < right.Nanoseconds;

    public static bool operator >(VirtualTime left, VirtualTime right) =>
        left.Nanoseconds > right.Nanoseconds;

    public static bool operator <=(VirtualTime left, VirtualTime right) =>
        left.Nanoseconds <= right.Nanoseconds;

    public static bool operator >=(VirtualTime left, VirtualTime right) =>
        left.Nanoseconds >= right.Nanoseconds;

    public static VirtualTime Min(VirtualTime left, VirtualTime right) =>
        left < right ? left : right;

    public static VirtualTime Max(VirtualTime left, VirtualTime right) =>
        left < right ? right : left;

    public int CompareTo(VirtualTime other) => Nanoseconds.CompareTo(other.Nanoseconds);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Nanoseconds} ns");
}
