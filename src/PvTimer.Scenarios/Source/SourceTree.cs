using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace PvTimer.Scenarios.Source;

/// <summary>Reads HOCON into nodes that know where they stood.</summary>
internal static class SourceTree
{
    /// <exception cref="ScenarioException">The file is not there, or is no HOCON.</exception>
    public static SourceObject Read(
        string file,
        List<string> inputs,
        SourcePosition askedAt,
        string key
    ) => Of(HoconText.Read(file, inputs, askedAt, key));

    /// <exception cref="ScenarioException">It is no HOCON.</exception>
    public static SourceObject Of(HoconText source)
    {
        Dictionary<string, SourcePosition> positions = new(StringComparer.Ordinal);
        KeyLocator.Locate(source, "", positions);
        SourcePosition begin = new(source.File, 1);
        Conversion conversion = new(positions, begin);
        HoconValue value = Parse(source, begin, "", conversion.PositionOf).Value;
        return conversion.Object(value, "");
    }

    /// <summary>Replaces (or adds) the value at a path: what <c>--set path=value</c> does.</summary>
    /// <param name="root">The whole scenario.</param>
    /// <param name="path">With its leading "scenario.".</param>
    /// <param name="value">Any HOCON value.</param>
    /// <param name="here">The option that says it.</param>
    public static void Override(SourceObject root, string path, string value, SourcePosition here)
    {
        HoconText source = new(here.File, $"value = {value}", []) { HasLines = false };
        KeyLocator.Locate(source, "", new(StringComparer.Ordinal));
        HoconValue parsed = Parse(source, here, path, _ => here).Value.GetObject().GetKey("value");
        string[] segments = HoconPath.Segments(path);
        SourceNode node = new Conversion([], here).Node(parsed, path);
        SourceNode parent = root;
        for (int i = 0; i < segments.Length; i++)
        {
            parent = Replace(parent, segments[i], i == segments.Length - 1 ? node : null, here);
        }
    }

    /// <summary>Puts the node under the key; without one, finds or makes the object there.</summary>
    private static SourceNode Replace(
        SourceNode parent,
        string key,
        SourceNode? node,
        SourcePosition here
    )
    {
        switch (parent)
        {
            case SourceObject container:
                if (node is null && container.Entries.TryGetValue(key, out SourceNode? found))
                {
                    return found;
                }
                string path = HoconPath.Child(container.Path, key);
                return container.Entries[key] =
                    node ?? new SourceObject(path, here, new(StringComparer.Ordinal));
            case SourceList list
                when int.TryParse(key, CultureInfo.InvariantCulture, out int index)
                    && index >= 0
                    && index < list.Items.Count:
                return node is null ? list.Items[index] : list.Items[index] = node;
            case SourceList list
                when node is not null
                    && key == list.Items.Count.ToString(CultureInfo.InvariantCulture):
                list.Items.Add(node);
                return node;
            case SourceList list:
                throw new ScenarioException(
                    here,
                    HoconPath.Child(list.Path, key),
                    "no such element",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"an index from 0 to {list.Items.Count - 1}, or {list.Items.Count} for a new one"
                    )
                );
            default:
                throw new ScenarioException(
                    here,
                    HoconPath.Child(parent.Path, key),
                    $"'{parent.Path}' is a single value and has no keys",
                    "the path of a key"
                );
        }
    }

    private static HoconRoot Parse(
        HoconText source,
        SourcePosition askedAt,
        string key,
        Func<string, SourcePosition> positionOf
    )
    {
        try
        {
            return SafeHocon.Parse(
                source.Text,
                name =>
                {
                    HoconText included = source.Include(name, askedAt);
                    return Parse(included, new SourcePosition(included.File, 1), key, positionOf);
                }
            );
        }
        catch (EndlessValueException e)
        {
            throw new ScenarioException(
                positionOf(e.Path),
                key.Length > 0 ? key : e.Path,
                e.What,
                "the value itself, or references that end somewhere"
            );
        }
        catch (Exception e) when (e is FormatException or ConfigurationException)
        {
            string reason = e.Message.Split('\n')[0].TrimEnd('.', '\r');
            throw new ScenarioException(askedAt, key, reason, "valid HOCON");
        }
    }

    private sealed class Conversion(
        Dictionary<string, SourcePosition> positions,
        SourcePosition fallback
    )
    {
        public SourceObject Object(HoconValue value, string path)
        {
            Dictionary<string, SourceNode> entries = new(StringComparer.Ordinal);
            if (value.IsObject())
            {
                foreach ((string key, HoconValue child) in value.GetObject().Items)
                {
                    entries[key] = Node(child, HoconPath.Child(path, key));
                }
            }
            return new SourceObject(path, PositionOf(path), entries);
        }

        public SourceNode Node(HoconValue value, string path)
        {
            if (value.IsObject())
            {
                return Object(value, path);
            }
            if (value.Values.Any(part => part is HoconArray))
            {
                List<SourceNode> items =
                [
                    .. value
                        .GetArray()
                        // The blank between the brackets of an empty list comes as an element.
                        .Where(item => !item.IsEmpty)
                        .Select(
                            (item, index) =>
                                Node(
                                    item,
                                    HoconPath.Child(
                                        path,
                                        index.ToString(CultureInfo.InvariantCulture)
                                    )
                                )
                        ),
                ];
                return new SourceList(path, PositionOf(path), items);
            }
            return new SourceText(path, PositionOf(path), value.GetString()?.Trim() ?? "");
        }

        /// <summary>Where a path was written; a substituted value stands where its parent does.</summary>
        public SourcePosition PositionOf(string path)
        {
            for (string at = path; at.Length > 0; at = HoconPath.Parent(at))
            {
                if (positions.TryGetValue(at, out SourcePosition position))
                {
                    return position;
                }
            }
            return fallback;
        }
    }
}
