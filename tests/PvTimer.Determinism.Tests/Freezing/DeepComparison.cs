using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using PvTimer.Model.Costs;
using PvTimer.Model.Topology;

namespace PvTimer.Determinism.Tests.Freezing;

/// <summary>
/// Walks two objects of one shape, field by field through everything they hold, and names the places where
/// they differ. Collections are compared by what is in them.
/// </summary>
/// <param name="skipped">Fields to leave out, as "Type.field".</param>
internal sealed class DeepComparison(params string[] skipped)
{
    private const BindingFlags OwnFields =
        BindingFlags.Instance
        | BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.DeclaredOnly;

    private readonly HashSet<object> _visited = new(ReferenceEqualityComparer.Instance);
    private readonly List<string> _differences = [];
    private readonly Stack<string> _path = new();

    /// <summary>"Type.field" of all fields in which the two differ, without their places.</summary>
    public HashSet<string> DifferingFields { get; } = [];

    /// <summary>Each with its path from the root.</summary>
    public IReadOnlyList<string> Differences => _differences;

    public void Compare(object? left, object? right, string field)
    {
        if (ReferenceEquals(left, right) || left is HostTopology or CostProfile)
        {
            // The same object, or configuration alone.
            return;
        }
        if (left is null || right is null)
        {
            Require(left is null && right is null, field, left, right);
            return;
        }
        Type type = left.GetType();
        if (type != right.GetType())
        {
            Require(false, field, type, right.GetType());
        }
        else if (IsPlain(type))
        {
            Require(left.Equals(right), field, left, right);
        }
        else if (left is not Delegate && (type.IsValueType || _visited.Add(left)))
        {
            if (left is IEnumerable elements && IsCollection(type))
            {
                CompareElements(elements, (IEnumerable)right, field);
            }
            else
            {
                CompareFields(left, right, field);
            }
        }
    }

    private static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (Type? declaring = type; declaring is not null; declaring = declaring.BaseType)
        {
            foreach (FieldInfo field in declaring.GetFields(OwnFields))
            {
                yield return field;
            }
        }
    }

    public static string NameOf(FieldInfo field) => $"{field.DeclaringType!.Name}.{field.Name}";

    /// <summary>What differs inside of a value counts as a difference of the field that holds it.</summary>
    private void CompareFields(object left, object right, string holder)
    {
        Shape shape = ShapeOf(left.GetType());
        foreach (FieldInfo field in shape.Fields)
        {
            string name = shape.IsPart ? NameOf(field) : holder;
            bool isSkipped =
                skipped.Contains(name, StringComparer.Ordinal)
                || skipped.Contains(NameOf(field), StringComparer.Ordinal);
            if (!isSkipped)
            {
                _path.Push(field.Name);
                Compare(field.GetValue(left), field.GetValue(right), name);
                _path.Pop();
            }
        }
    }

    private sealed record Shape(bool IsPart, FieldInfo[] Fields);

    private static readonly Dictionary<Type, Shape> Shapes = [];

    private static Shape ShapeOf(Type type)
    {
        if (!Shapes.TryGetValue(type, out Shape? shape))
        {
            shape = new Shape(IsPart(type), [.. FieldsOf(type)]);
            Shapes.Add(type, shape);
        }
        return shape;
    }

    /// <summary>A part of the machine with state of its own.</summary>
    public static bool IsPart(Type type) =>
        type.IsClass
        && type.GetMethods(OwnFields).Any(method => method.Name == "Transfer" && !method.IsStatic);

    private void CompareElements(IEnumerable left, IEnumerable right, string field)
    {
        object?[] lefts = InOrder(left);
        object?[] rights = InOrder(right);
        Require(lefts.Length == rights.Length, field, lefts.Length, rights.Length);
        for (int index = 0; index < Math.Min(lefts.Length, rights.Length); index++)
        {
            Compare(lefts[index], rights[index], field);
        }
    }

    /// <summary>The order of a dictionary says nothing.</summary>
    private static object?[] InOrder(IEnumerable collection)
    {
        IEnumerable<object?> elements = collection.Cast<object?>();
        return collection is IDictionary
            ? [.. elements.OrderBy(element => element!.ToString(), StringComparer.Ordinal)]
            : [.. elements];
    }

    private void Require(bool equal, string field, object? left, object? right)
    {
        if (!equal)
        {
            DifferingFields.Add(field);
            _differences.Add(
                $"{string.Join('.', _path.Reverse())}: {left ?? "nothing"} and {right ?? "nothing"}"
            );
        }
    }

    private static bool IsPlain(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(UInt128);

    private static bool IsCollection(Type type) =>
        IsGrowing(type) || type.Namespace == "System.Collections.Immutable";

    /// <summary>A collection whose content can change.</summary>
    public static bool IsGrowing(Type type) =>
        type.IsArray
        || type.Namespace is "System.Collections.Generic" or "PvTimer.Model.Collections"
        || type.Name == "RequestCounts";
}
