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

    /// <summary>A span from <paramref name="least"/> to <see cref="Bounds.LongestSpan"/>.</summary>
    public VirtualDuration Span(string key, VirtualDuration least, VirtualDuration? otherwise) =>
        Span(key, least, Bounds.LongestSpan, otherwise);

    /// <summary>
    /// A span from <paramref name="least"/> to <paramref name="most"/>; what <paramref name="also"/> says is accepted by
    /// whoever asks.
    /// </summary>
    public VirtualDuration Span(
        string key,
        VirtualDuration least,
        VirtualDuration most,
        VirtualDuration? otherwise,
        string also = ""
    )
    {
        string accepted =
            $"{also}{Units.SpanForms}, at least {Units.Write(least)} and at most {Bounds.Write(most)}";
        if (Text(key) is not { } text)
        {
            return otherwise ?? throw Missing(key, accepted);
        }
        string? mistake = !Units.TryParseSpan(text, out VirtualDuration span)
            ? Units.IsBeyond(text)
                ? "is too long"
                : $"is no span of time{UnitHint(text)}"
            : span < least
                ? "is too short"
                : span > most
                    ? "is too long"
                    : null;
        return mistake is null ? span : throw Error(key, $"'{text}' {mistake}", accepted);
    }

    public TscFrequency Frequency(string key, TscFrequency? otherwise)
    {
        const string Accepted = Units.FrequencyForms + ", at least 1khz and at most 100ghz";
        if (Text(key) is not { } text)
        {
            return otherwise ?? throw Missing(key, Accepted);
        }
        string mistake = Units.IsBeyond(text) ? "is too fast" : $"is no frequency{UnitHint(text)}";
        return Units.TryParseFrequency(text, out TscFrequency frequency)
            ? frequency
            : throw Error(key, $"'{text}' {mistake}", Accepted);
    }

    /// <summary>An amount of data from one byte to <see cref="Bounds.MostMemory"/>.</summary>
    public DataSize Size(string key, DataSize otherwise)
    {
        if (Text(key) is not { } text)
        {
            return otherwise;
        }
        bool read = Units.TryParseSize(text, out DataSize size);
        string? mistake = read
            ? size.Bytes < 1
                ? "is no amount of data"
                : size.Bytes > Bounds.MostMemory.Bytes
                    ? "is too much"
                    : null
            : Units.IsBeyond(text)
                ? "is too much"
                : $"is no amount of data{UnitHint(text)}";
        return mistake is null
            ? size
            : throw Error(
                key,
                $"'{text}' {mistake}",
                $"{Units.SizeForms}, at least 1bytes and at most {Units.Write(Bounds.MostMemory)}"
            );
    }

    /// <summary>A rate of data from <paramref name="least"/> to <see cref="Bounds.FastestRate"/>.</summary>
    public DataRate Rate(string key, DataRate least, DataRate otherwise)
    {
        if (Text(key) is not { } text)
        {
            return otherwise;
        }
        bool read = Units.TryParseRate(text, out DataRate rate);
        string? mistake = read
            ? rate.BitsPerSecond < least.BitsPerSecond
                ? "is too slow"
                : rate.BitsPerSecond > Bounds.FastestRate.BitsPerSecond
                    ? "is too fast"
                    : null
            : Units.IsBeyond(text)
                ? "is too fast"
                : $"is no rate of data{UnitHint(text)}";
        return mistake is null
            ? rate
            : throw Error(
                key,
                $"'{text}' {mistake}",
                $"{Units.RateForms}, at least {Units.Write(least)} and at most {Units.Write(Bounds.FastestRate)}"
            );
    }

    /// <summary>TSC cycles, at most <see cref="Bounds.MostCycles"/>.</summary>
    public long Cycles(string key, long otherwise, long least = 0)
    {
        if (Text(key) is not { } text)
        {
            return otherwise;
        }
        bool read = Units.TryParseCycles(text, out long cycles);
        if (read && cycles >= least && cycles <= Bounds.MostCycles)
        {
            return cycles;
        }
        string mistake =
            read && cycles > 0 || Units.IsBeyond(text)
                ? "is too many cycles"
                : $"is no count of cycles{UnitHint(text)}";
        throw Error(
            key,
            $"'{text}' {mistake}",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Units.CyclesForms}, at least {least}cycles and at most {Bounds.MostCycles}cycles"
            )
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
