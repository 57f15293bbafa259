using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace PvTimer.Scenarios.Source;

/// <summary>
/// Akka's HOCON parser on text of strangers: it follows references that go round in a circle, and brackets
/// within brackets, until the process dies. Both are refused before it begins to.
/// </summary>
public static class SafeHocon
{
    /// <summary>Keys within keys and brackets within brackets.</summary>
    internal const int Deepest = 64;

    /// <summary>Values that a text may come to when all references are followed.</summary>
    internal const int MostValues = 1_000_000;

    /// <summary>Characters of one file.</summary>
    internal const int MostCharacters = 16_000_000;

    /// <param name="text">HOCON whose brackets are not too deep; see <see cref="DepthFlaw"/>.</param>
    /// <param name="include">Reads what the text includes.</param>
    /// <exception cref="EndlessValueException">A value refers to itself, or to too much.</exception>
    /// <exception cref="ConfigurationException">It is no HOCON.</exception>
    /// <exception cref="FormatException">It is no HOCON.</exception>
    public static HoconRoot Parse(string text, Func<string, HoconRoot> include)
    {
        if (DepthFlaw(text) is { } deep)
        {
            throw new ConfigurationException(deep);
        }
        HoconRoot root = Parser.Parse(FieldCommas.AsLineEnds(text), include);
        new Walk().Enter(root.Value, "");
        return root;
    }

    /// <summary>What is wrong with the depth of a text's brackets; null: nothing.</summary>
    private static string? DepthFlaw(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int depth = 0;
        bool isQuoted = false;
        for (int at = 0; at < text.Length; at++)
        {
            char each = text[at];
            at += isQuoted && each == '\\' ? 1 : 0;
            isQuoted = each != '\n' && (each == '"' ? !isQuoted : isQuoted);
            depth +=
                isQuoted ? 0
                : each is '{' or '[' ? 1
                : each is '}' or ']' ? -1
                : 0;
            if (depth > Deepest)
            {
                return $"brackets are more than {Deepest} deep";
            }
        }
        return null;
    }

    /// <summary>Goes through all values, and those that they refer to, once each.</summary>
    private sealed class Walk
    {
        private readonly HashSet<HoconValue> _open = new(ReferenceEqualityComparer.Instance);
        private readonly Dictionary<HoconValue, long> _sizes = new(
            ReferenceEqualityComparer.Instance
        );

        /// <returns>How many values it comes to with all that it refers to.</returns>
        /// <exception cref="EndlessValueException">It refers to itself, or comes to too many.</exception>
        public long Enter(HoconValue value, string path)
        {
            if (_sizes.TryGetValue(value, out long known))
            {
                return known;
            }
            if (!_open.Add(value) || _open.Count > 16 * Deepest)
            {
                throw new EndlessValueException(path, "refers to itself");
            }
            long size = 1;
            foreach (IHoconElement part in value.Values)
            {
                size += part switch
                {
                    HoconSubstitution { ResolvedValue: { } target } => Enter(target, path),
                    HoconObject fields => fields.Items.Sum(field =>
                        Enter(field.Value, path.Length == 0 ? field.Key : $"{path}.{field.Key}")
                    ),
                    HoconArray items => items.Sum(item => Enter(item, path)),
                    _ => 0,
                };
                if (size > MostValues)
                {
                    throw new EndlessValueException(
                        path,
                        $"comes to more than {MostValues} values when its references are followed"
                    );
                }
            }
            _open.Remove(value);
            _sizes.Add(value, size);
            return size;
        }
    }
}

/// <summary>References of a value go round in a circle, or come to too much.</summary>
/// <param name="path">The value's.</param>
/// <param name="what">What it does.</param>
public sealed class EndlessValueException(string path, string what)
    : ConfigurationException($"'{path}' {what}")
{
    /// <summary>The value's path.</summary>
    public string Path => path;

    /// <summary>What it does, without the path.</summary>
    public string What => what;
}
