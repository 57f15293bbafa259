using System;
using System.Globalization;

namespace PvTimer.Model.Time;

/// <summary>
/// A value of a time stamp counter, in cycles of that counter since it was reset (Intel SDM vol. 3B,
/// 19.17). Which counter, host's or guest's, is said by the name that holds it. 64 bits, unsigned.
/// </summary>
public readonly record struct TscTicks(ulong Value) : IComparable<TscTicks>
{
    public static TscTicks Zero { get; }

    /// <summary>As IA32_TSC_DEADLINE: farther than any clock will run.</summary>
    public static TscTicks MaxValue { get; } = new(ulong.MaxValue);

    public static bool operator <(TscTicks left, TscTicks right) => left.Value < right.Value;

    public static bool operator >(TscTicks left, TscTicks right) => left.Value > right.Value;

    public static bool operator <=(TscTicks left, TscTicks right) => left.Value <= right.Value;

    public static bool operator >=(TscTicks left, TscTicks right) => left.Value >= right.Value;

    /// <summary>The cycles from <paramref name="earlier"/> to here; negative if it is later.</summary>
    /// <exception cref="OverflowException">The distance does not fit into 63 bits.</exception>
    public long CyclesSince(TscTicks earlier) =>
        Value >= earlier.Value ? (long)(Value - earlier.Value) : -(long)(earlier.Value - Value);

    /// <summary>The counter's value some cycles on; stops at the counter's ends.</summary>
    public TscTicks PlusSaturating(long cycles)
    {
        if (cycles < 0)
        {
            ulong back = (ulong)-cycles;
            return new TscTicks(Value < back ? 0 : Value - back);
        }
        ulong forth = (ulong)cycles;
        return new TscTicks(ulong.MaxValue - Value < forth ? ulong.MaxValue : Value + forth);
    }

    public int CompareTo(TscTicks other) => Value.CompareTo(other.Value);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Value} cycles");
}
