using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using PvTimer.Model.Time;

namespace PvTimer.Tidy.Tests;

/// <summary>Instants, spans and counters are values, and all agree on what equal and earlier mean.</summary>
public sealed class TimeTypeTests
{
    private static readonly Type[] Comparable =
    [
        typeof(VirtualTime),
        typeof(VirtualDuration),
        typeof(TscTicks),
    ];

    public static TheoryData<Type> ComparableTypes => [.. Comparable];

    public static TheoryData<Type> AllTypes =>
        [
            .. typeof(VirtualTime)
                .Assembly.GetExportedTypes()
                .Where(type => type.Namespace == typeof(VirtualTime).Namespace),
        ];

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void Time_type_is_a_readonly_value_with_value_equality(Type type)
    {
        Assert.True(type.IsValueType);
        Assert.Contains(
            typeof(System.Runtime.CompilerServices.IsReadOnlyAttribute).FullName,
            type.CustomAttributes.Select(attribute => attribute.AttributeType.FullName),
            StringComparer.Ordinal
        );
        Assert.Contains(typeof(IEquatable<>).MakeGenericType(type), type.GetInterfaces());
    }

    /// <summary>A type that has one of the four operators, or an order, has all of them.</summary>
    [Theory]
    [MemberData(nameof(AllTypes))]
    public void Time_type_has_all_comparisons_or_none(Type type)
    {
        string[] operators =
        [
            "op_LessThan",
            "op_GreaterThan",
            "op_LessThanOrEqual",
            "op_GreaterThanOrEqual",
        ];
        bool ordered = type.GetInterfaces().Contains(typeof(IComparable<>).MakeGenericType(type));
        Assert.Equal(ordered, Comparable.Contains(type));
        Assert.All(operators, name => Assert.Equal(ordered, type.GetMethod(name) is not null));
    }

    [Theory]
    [MemberData(nameof(ComparableTypes))]
    public void Time_type_comparisons_agree_with_CompareTo(Type type)
    {
        object[] values = Values(type);
        foreach (object left in values)
        {
            foreach (object right in values)
            {
                int order = Math.Sign((int)Call(type, "CompareTo", left, right));
                Assert.Equal(order < 0, Operator(type, "op_LessThan", left, right));
                Assert.Equal(order > 0, Operator(type, "op_GreaterThan", left, right));
                Assert.Equal(order <= 0, Operator(type, "op_LessThanOrEqual", left, right));
                Assert.Equal(order >= 0, Operator(type, "op_GreaterThanOrEqual", left, right));
                Assert.Equal(order == 0, Operator(type, "op_Equality", left, right));
                Assert.Equal(order != 0, Operator(type, "op_Inequality", left, right));
                Assert.Equal(order == 0, left.Equals(right));
                Assert.Equal(
                    order,
                    Math.Sign(Array.IndexOf(values, left) - Array.IndexOf(values, right))
                );
            }
        }
    }

    [Theory]
    [MemberData(nameof(ComparableTypes))]
    public void Time_type_equal_values_have_equal_hash_codes(Type type) =>
        Assert.Equal(
            Values(type).Select(value => value.GetHashCode()),
            Values(type).Select(value => value.GetHashCode())
        );

    /// <summary>Values of that type in ascending order, made anew by each call.</summary>
    private static object[] Values(Type type) =>
        type == typeof(VirtualTime) ? [.. Instants()]
        : type == typeof(VirtualDuration) ? [.. Spans()]
        : [.. Counters()];

    private static IEnumerable<object> Instants() =>
        [
            VirtualTime.Zero,
            VirtualTime.FromNanoseconds(1),
            VirtualTime.FromNanoseconds(1L << 32),
            VirtualTime.MaxValue,
        ];

    private static IEnumerable<object> Spans() =>
        [
            VirtualDuration.FromNanoseconds(long.MinValue),
            VirtualDuration.FromNanoseconds(-1),
            VirtualDuration.Zero,
            VirtualDuration.Smallest,
            VirtualDuration.FromNanoseconds(long.MaxValue),
        ];

    // The last two differ in the top bit: a signed comparison would turn them round.
    private static IEnumerable<object> Counters() =>
        [TscTicks.Zero, new TscTicks(1), new TscTicks(long.MaxValue), TscTicks.MaxValue];

    private static bool Operator(Type type, string name, object left, object right) =>
        (bool)type.GetMethod(name, [type, type])!.Invoke(null, [left, right])!;

    private static object Call(Type type, string name, object left, object right) =>
        type.GetMethod(name, BindingFlags.Public | BindingFlags.Instance, [type])!
            .Invoke(left, [right])!;
}
