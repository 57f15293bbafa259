using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Migration;
using PvTimer.Model.Time;

namespace PvTimer.Scenarios.Source;

/// <summary>
/// One section of a scenario. Each question names a key and what it may hold; whatever was not asked for
/// by the time of <see cref="RejectUnknown"/> is a mistake of the writer.
/// </summary>
internal sealed class Settings(SourceObject section)
{
    private readonly List<string> _asked = [];

    public SourcePosition At => section.At;

    public string Path => section.Path;

    public bool Has(string key) => section.Entries.ContainsKey(key);

    public SourceNode? Find(string key)
    {
        _asked.Add(key);
        return section.Entries.GetValueOrDefault(key);
    }

    /// <summary>The value of a key that is a single one; null if it is not there.</summary>
    public string? Text(string key) =>
        Find(key) switch
        {
            null => null,
            SourceText text => text.Value,
            _ => throw Error(key, "a list or a section where a single value belongs", "one value"),
        };

    /// <exception cref="ScenarioException">It is missing or empty.</exception>
    public string RequiredText(string key, string accepted)
    {
        string text = Text(key) ?? throw Missing(key, accepted);
        return text.Length > 0 ? text : throw Error(key, "is empty", accepted);
    }

    /// <exception cref="ScenarioException">It is missing, or no such name.</exception>
    public string Name(string key, NameRule rule)
    {
        string text = Text(key) ?? throw Missing(key, rule.Forms);
        return rule.FlawOf(text) is { } flaw ? throw Error(key, flaw, rule.Forms) : text;
    }

    public bool Flag(string key, bool otherwise) =>
        Text(key) switch
        {
            null => otherwise,
            "true" => true,
            "false" => false,
            string other => throw Error(key, $"'{other}' is no truth value", "true or false"),
        };

    /// <summary>One of some words.</summary>
    public T Choice<T>(string key, T? otherwise, params ReadOnlySpan<(string Word, T Value)> words)
        where T : struct
    {
        List<string> accepted = [];
        string? text = Text(key);
        foreach ((string word, T value) in words)
        {
            if (word == text)
            {
                return value;
            }
            accepted.Add(word);
        }
        string forms = string.Join(" or ", accepted);
        return text is null
            ? otherwise ?? throw Missing(key, forms)
            : throw Error(key, $"'{text}' is not known", forms);
    }

    public int Whole(string key, int least, int most, int? otherwise)
    {
        string accepted = string.Create(
            CultureInfo.InvariantCulture,
            $"a whole number from {least} to {most}"
        );
        if (Text(key) is not { } text)
        {
            return otherwise ?? throw Missing(key, accepted);
        }
        bool read = int.TryParse(
            text,
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out int value
        );
        return read && value >= least && value <= most
            ? value
            : throw Error(key, $"'{text}' is out of range", accepted);
    }

    /// <summary>A span of at least <paramref name="least"/>.</summary>
    public VirtualDuration Span(string key, VirtualDuration least, VirtualDuration? otherwise)
    {
        string accepted = $"{Units.SpanForms}, at least {Units.Write(least)}";
        return Text(key) is { } text
            ? ParseSpan(key, text, least, accepted)
            : otherwise ?? throw Missing(key, accepted);
    }

    public TscFrequency Frequency(string key, TscFrequency? otherwise)
    {
        if (Text(key) is not { } text)
        {
            return otherwise ?? throw Missing(key, Units.FrequencyForms);
        }
        return Units.TryParseFrequency(text, out TscFrequency frequency)
            ? frequency
            : throw Error(key, $"'{text}' is no frequency{UnitHint(text)}", Units.FrequencyForms);
    }

    /// <summary>An amount of data of at least one byte.</summary>
    public DataSize Size(string key, DataSize otherwise)
    {
        if (Text(key) is not { } text)
        {
            return otherwise;
        }
        return Units.TryParseSize(text, out DataSize size) && size.Bytes >= 1
            ? size
            : throw Error(
                key,
                $"'{text}' is no amount of data{UnitHint(text)}",
                Units.SizeForms + ", at least 1bytes"
            );
    }

    /// <summary>A rate of data of at least <paramref name="least"/>.</summary>
    public DataRate Rate(string key, DataRate least, DataRate otherwise)
    {
        if (Text(key) is not { } text)
        {
            return otherwise;
        }
        bool read = Units.TryParseRate(text, out DataRate rate);
        return read && rate.BitsPerSecond >= least.BitsPerSecond
            ? rate
            : throw Error(
                key,
                $"'{text}' is {(read ? "too slow" : "no rate of data")}{UnitHint(text)}",
                $"{Units.RateForms}, at least {Units.Write(least)}"
            );
    }

    /// <summary>TSC cycles, none negative.</summary>
    public long Cycles(string key, long otherwise)
    {
        if (Text(key) is not { } text)
        {
            return otherwise;
        }
        return Units.TryParseCycles(text, out long cycles) && cycles >= 0
            ? cycles
            : throw Error(
                key,
                $"'{text}' is no count of cycles{UnitHint(text)}",
                Units.CyclesForms + ", at least 0cycles"
            );
    }

    /// <summary>A part of the section with keys of its own; an empty one if it is not there.</summary>
    public Settings Section(string key) =>
        Find(key) switch
        {
            null => new Settings(
                new SourceObject(HoconPath.Child(Path, key), At, new(StringComparer.Ordinal))
            ),
            SourceObject inner => new Settings(inner),
            _ => throw Error(key, "a value where a section belongs", $"{key} {{ ... }}"),
        };

    /// <summary>The sections of a list; none if it is not there.</summary>
    public ImmutableArray<Settings> Sections(string key) =>
        [
            .. Items(key)
                .Select(item =>
                    item is SourceObject inner
                        ? new Settings(inner)
                        : throw new ScenarioException(
                            item.At,
                            item.Path,
                            "a value where a section belongs",
                            $"{key} = [ {{ ... }}, ... ]"
                        )
                ),
        ];

    /// <summary>The words of a list, each with its place; none if it is not there.</summary>
    public ImmutableArray<SourceText> Words(string key) =>
        [
            .. Items(key)
                .Select(item =>
                    item as SourceText
                    ?? throw new ScenarioException(
                        item.At,
                        item.Path,
                        "a list or a section where a single value belongs",
                        $"{key} = [ a, b, ... ]"
                    )
                ),
        ];

    /// <summary>All keys with single values, in the order of their names: a section of free keys.</summary>
    public IEnumerable<(string Key, string Value)> FreeTexts()
    {
        foreach (string key in section.Entries.Keys.Order(StringComparer.Ordinal))
        {
            yield return (key, Text(key)!);
        }
    }

    /// <exception cref="ScenarioException">The section holds a key that nobody asked for.</exception>
    public void RejectUnknown()
    {
        string? unknown = section
            .Entries.Keys.Except(_asked, StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
        if (unknown is not null)
        {
            string nearest = NearestKey.Of(unknown, _asked) ?? "none";
            throw Error(
                unknown,
                $"unknown key, the nearest known one is '{nearest}'",
                string.Join(", ", _asked.Distinct(StringComparer.Ordinal))
            );
        }
    }

    public ScenarioException Missing(string key, string accepted) =>
        new(At, HoconPath.Child(Path, key), "is missing", accepted);

    public ScenarioException Error(string key, string what, string accepted) =>
        new(
            section.Entries.TryGetValue(key, out SourceNode? node) ? node.At : At,
            HoconPath.Child(Path, key),
            what,
            accepted
        );

    private VirtualDuration ParseSpan(
        string key,
        string text,
        VirtualDuration least,
        string accepted
    )
    {
        if (!Units.TryParseSpan(text, out VirtualDuration span))
        {
            throw Error(key, $"'{text}' is no span of time{UnitHint(text)}", accepted);
        }
        return span >= least ? span : throw Error(key, $"'{text}' is too short", accepted);
    }

    private static string UnitHint(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiDigit(c) || c is '.' or '-')
            ? " (its unit is missing)"
            : "";

    private List<SourceNode> Items(string key) =>
        Find(key) switch
        {
            null => [],
            SourceList list => list.Items,
            // Akka's parser forgets that an empty list is one.
            SourceText { Value: "" } => [],
            _ => throw Error(key, "a single value where a list belongs", $"{key} = [ ... ]"),
        };
}
