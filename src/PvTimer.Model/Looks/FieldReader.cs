using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using PvTimer.Model.Collections;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;

namespace PvTimer.Model.Looks;

/// <summary>
/// Reads the fields of an entity that change while it runs: its own, and those of the parts that it is made
/// of. What never changes is its configuration, and stays out.
/// </summary>
internal sealed class FieldReader
{
    /// <summary>So many are shown of one entity; how many more there are is said.</summary>
    private const int MaxFields = 450;

    /// <summary>So many elements of one collection are shown that are not zero, with the number of all.</summary>
    private const int MaxElements = 32;

    private const BindingFlags Declared =
        BindingFlags.Instance
        | BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.DeclaredOnly;

    private readonly Func<EntityId, string> _nameOf;
    private readonly List<FieldLook> _fields = [];
    private readonly Dictionary<object, string> _pathOf = new(ReferenceEqualityComparer.Instance);

    private FieldReader(Func<EntityId, string> nameOf) => _nameOf = nameOf;

    /// <param name="entity">Whose fields.</param>
    /// <param name="nameOf">What entities are called.</param>
    public static ActorLook Read(IEntity entity, Func<EntityId, string> nameOf)
    {
        FieldReader reader = new(nameOf);
        reader.ReadFields("", entity);
        return new ActorLook(
            entity.Name,
            [.. reader._fields.Take(MaxFields)],
            Math.Max(0, reader._fields.Count - MaxFields)
        );
    }

    private void ReadFields(string path, object part)
    {
        foreach (FieldInfo field in part.GetType().GetFields(Declared))
        {
            object? value = field.GetValue(part);
            if (
                field.IsInitOnly
                && value is IStateful and not IEntity
                && _pathOf.ContainsKey(value)
            )
            {
                // One part knows another, always the same one.
                continue;
            }
            if (field.IsInitOnly && value is IEntity)
            {
                // A part knows whose it is.
                continue;
            }
            if (field.FieldType == typeof(ITimerTap) || field.FieldType == typeof(IHrtimerTap))
            {
                // Who watches a recorded run is no state.
                continue;
            }
            if (!field.IsInitOnly || value is IStateful || IsMutable(value))
            {
                ReadValue(path + NameOf(field), value);
            }
            else if (value is not null)
            {
                ReadParts(path, value);
            }
        }
    }

    /// <summary>Of a configuration only what changes: the program that a vCPU was given.</summary>
    private void ReadParts(string path, object configuration)
    {
        foreach (FieldInfo field in configuration.GetType().GetFields(Declared))
        {
            if (
                field.GetValue(configuration) is IStateful part and not IEntity
                && !_pathOf.ContainsKey(part)
            )
            {
                ReadValue(path + NameOf(field), part);
            }
        }
    }

    private void ReadValue(string path, object? value)
    {
        switch (value)
        {
            case null:
                Add(path, "none");
                break;
            case VirtualTime never when never == VirtualTime.MaxValue:
                Add(path, "never");
                break;
            case EntityId entity:
                Add(path, _nameOf(entity));
                break;
            case ISmallCollection few:
                ReadElements(path, few.Count, few.Select(each => (KeyOf(each.Key), each.Value)));
                break;
            case IDictionary entries:
                ReadElements(path, entries.Count, PairsOf(entries));
                break;
            case ICollection elements:
                ReadElements(path, elements.Count, elements.Cast<object?>().Select(NumberedPair));
                break;
            case ValueType inline
                when inline.GetType().GetCustomAttribute<InlineArrayAttribute>() is not null:
                object?[] kept = ElementsOf(inline);
                ReadElements(path, kept.Length, kept.Select(NumberedPair));
                break;
            case IEntity other:
                Add(path, other.Name);
                break;
            case IStateful part when _pathOf.TryGetValue(part, out string? first):
                Add(path, $"see {first}");
                break;
            case IStateful part:
                _pathOf.Add(part, path);
                ReadFields($"{path}.", part);
                break;
            case not ValueType when _pathOf.TryGetValue(value, out string? first):
                Add(path, $"see {first}");
                break;
            default:
                ReadRecord(path, value);
                break;
        }
    }

    /// <summary>An inline array is no collection: its elements lie behind its one field.</summary>
    private static object?[] ElementsOf(ValueType inline)
    {
        Type type = inline.GetType();
        Type element = type.GetFields(Declared).Single().FieldType;
        return (object?[])
            typeof(FieldReader)
                .GetMethod(nameof(Unpack), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(type, element)
                .Invoke(null, [inline, type.GetCustomAttribute<InlineArrayAttribute>()!.Length])!;
    }

    private static object?[] Unpack<TArray, TElement>(object boxed, int length)
        where TArray : struct
    {
        ref TElement first = ref Unsafe.As<TArray, TElement>(ref Unsafe.Unbox<TArray>(boxed));
        object?[] elements = new object?[length];
        for (int index = 0; index < length; index++)
        {
            elements[index] = Unsafe.Add(ref first, index);
        }
        return elements;
    }

    /// <summary>A record by each of its values, unless it has its own way to write itself.</summary>
    private void ReadRecord(string path, object value)
    {
        if (
            !value
                .GetType()
                .GetMethod(nameof(ToString), [])!
                .IsDefined(typeof(CompilerGeneratedAttribute))
        )
        {
            Add(path, $"{value}");
            return;
        }
        if (value is not ValueType)
        {
            _pathOf.Add(value, path);
        }
        foreach (FieldInfo field in value.GetType().GetFields(Declared))
        {
            ReadValue($"{path}.{NameOf(field)}", field.GetValue(value));
        }
    }

    private void ReadElements(
        string path,
        int count,
        IEnumerable<(string Key, object? Value)> elements
    )
    {
        Add($"{path}.count", $"{count}");
        // In a table with a place for everything, most places are empty.
        foreach ((string key, object? value) in elements.Where(IsUsed).Take(MaxElements))
        {
            ReadValue($"{path}[{key}]", value);
        }
    }

    private IEnumerable<(string Key, object? Value)> PairsOf(IDictionary entries)
    {
        foreach (DictionaryEntry entry in entries)
        {
            yield return (KeyOf(entry.Key), entry.Value);
        }
    }

    private string KeyOf(object key) =>
        key switch
        {
            EntityId entity => _nameOf(entity),
            ITuple pair => string.Join(
                ", ",
                Enumerable.Range(0, pair.Length).Select(index => KeyOf(pair[index]!))
            ),
            _ => $"{key}",
        };

    private static (string Key, object? Value) NumberedPair(object? value, int index) =>
        ($"{index}", value);

    private static bool IsUsed((string Key, object? Value) element) =>
        element.Value is not (0 or 0L);

    /// <summary>A list, a table, an array; not one that never changes.</summary>
    private static bool IsMutable(object? value) => value is ICollection and not ValueType;

    private void Add(string path, string value) => _fields.Add(new FieldLook(path, value));

    /// <summary>"_lapicProgrammedFor" and "&lt;LapicProgrammedFor&gt;k__BackingField" as users read them.</summary>
    private static string NameOf(FieldInfo field)
    {
        string name = field.Name.TrimStart('_');
        int end = name.IndexOf('>', StringComparison.Ordinal);
        name = end > 0 ? name[1..end] : name;
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
