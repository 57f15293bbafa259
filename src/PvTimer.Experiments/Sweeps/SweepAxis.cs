using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace PvTimer.Experiments.Sweeps;

/// <summary>
/// One dimension of a matrix: a key of the scenario and the values that it takes, or several keys that move
/// together.
/// </summary>
/// <param name="Keys">As --set accepts them, at least one.</param>
/// <param name="Values">For each position the text of every key, at least one position.</param>
public sealed record SweepAxis(
    ImmutableArray<string> Keys,
    ImmutableArray<ImmutableArray<string>> Values
)
{
    /// <summary>What an axis looks like, for messages.</summary>
    public const string Forms =
        "KEY=A,B,C, KEY=1..4096:x2, KEY=1..10:+1, or KEYS that move together, 'A=1,2; B=3,4'";

    /// <summary>More are a mistake.</summary>
    public const int MostValues = 10_000;

    /// <summary>Keys that are not swept, and what is there instead.</summary>
    private static readonly Dictionary<string, string> Reserved = new(StringComparer.Ordinal)
    {
        ["seed"] = "--repeat N, whose seeds derive from the scenario's",
        ["backends"] = "--backend A,B",
    };

    /// <summary>"host.cpus", "host.cpus; vms.0.vcpus".</summary>
    public string Name => string.Join("; ", Keys);

    /// <summary>"4", "4; 8".</summary>
    /// <param name="position">Among <see cref="Values"/>.</param>
    public string ValueAt(int position) => string.Join("; ", Values[position]);

    /// <summary>As --over takes it, ranges listed: "host.cpus=1,2; vms.0.vcpus=1,2".</summary>
    public string Text =>
        string.Join(
            "; ",
            Keys.Select(
                (key, at) => $"{key}={string.Join(',', Values.Select(values => values[at]))}"
            )
        );

    /// <summary>Reads what --over says.</summary>
    /// <exception cref="SweepException">It is no axis.</exception>
    public static SweepAxis Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<(string Key, ImmutableArray<string> Values)> parts =
        [
            .. Split(text, ';').Select(Part),
        ];
        string[] keys = [.. parts.Select(part => part.Key)];
        if (keys.Distinct(StringComparer.Ordinal).Count() < keys.Length)
        {
            throw new SweepException($"--over: '{text}' names a key twice; accepted: {Forms}");
        }
        int count = parts[0].Values.Length;
        if (parts.FirstOrDefault(part => part.Values.Length != count) is { Key: not null } other)
        {
            throw new SweepException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"--over: {parts[0].Key} has {count} values and {other.Key} has {other.Values.Length}; accepted: as many, as they move together"
                )
            );
        }
        return new SweepAxis(
            [.. keys],
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(position =>
                        parts.Select(part => part.Values[position]).ToImmutableArray()
                    ),
            ]
        );
    }

    private static (string Key, ImmutableArray<string> Values) Part(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string key = equals < 0 ? "" : text[..equals].Trim();
        if (key.Length == 0)
        {
            throw new SweepException($"--over: '{text.Trim()}' has no key; accepted: {Forms}");
        }
        const string Root = "scenario.";
        key = key.StartsWith(Root, StringComparison.Ordinal) ? key[Root.Length..] : key;
        if (Reserved.TryGetValue(key, out string? instead))
        {
            throw new SweepException($"--over: {key} is no axis; accepted: {instead}");
        }
        ImmutableArray<string> values =
        [
            .. Split(text[(equals + 1)..], ',')
                .SelectMany(item => SweepRange.Expand(key, item.Trim())),
        ];
        if (values.Distinct(StringComparer.Ordinal).Count() < values.Length)
        {
            throw new SweepException($"--over: {key} has a value twice; accepted: each once");
        }
        return values.Length <= MostValues
            ? (key, values)
            : throw new SweepException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"--over: {key} has {values.Length} values; accepted: at most {MostValues}"
                )
            );
    }

    /// <summary>Separators within brackets and quotes belong to a value.</summary>
    private static IEnumerable<string> Split(string text, char separator)
    {
        int depth = 0;
        bool isQuoted = false;
        int begin = 0;
        for (int at = 0; at < text.Length; at++)
        {
            char c = text[at];
            isQuoted ^= c == '"';
            depth +=
                isQuoted ? 0
                : c is '[' or '{' or '(' ? 1
                : c is ']' or '}' or ')' ? -1
                : 0;
            if (c == separator && depth == 0 && !isQuoted)
            {
                yield return text[begin..at];
                begin = at + 1;
            }
        }
        yield return text[begin..];
    }
}
