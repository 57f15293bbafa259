using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace PvTimer.Formats.Machines;

/// <summary>What <c>numactl --hardware</c> prints: of it the table at its end, of the nodes' distances.</summary>
/// <remarks>
/// <code>
///   node distances:
///   node   0   1
///     0:  10  21
///     1:  21  10
/// </code>
/// </remarks>
internal static class NumactlHardware
{
    /// <summary>How its output begins.</summary>
    public const string Beginning = "available: ";

    /// <exception cref="Traces.TraceFormatException">It has no such table, or not all of it.</exception>
    public static NodeDistances Read(string file, string text)
    {
        string[] lines = [.. text.Split('\n').Select(line => line.Trim())];
        int title = Array.FindIndex(
            lines,
            line => line.StartsWith("node distances:", StringComparison.Ordinal)
        );
        if (title < 0 || title + 1 == lines.Length)
        {
            throw HostFactsReader.Damaged(file, 0, "has no table of node distances");
        }
        ImmutableArray<int> nodes = Numbers(lines[title + 1], "node");
        ImmutableArray<int>[] rows =
        [
            .. nodes.Select(
                (node, index) =>
                    title + 2 + index < lines.Length
                        ? Numbers(
                            lines[title + 2 + index],
                            string.Create(CultureInfo.InvariantCulture, $"{node}:")
                        )
                        : []
            ),
        ];
        int broken = Array.FindIndex(rows, row => row.Length != nodes.Length);
        return nodes.IsEmpty || broken >= 0
            ? throw HostFactsReader.Damaged(
                file,
                title + 3 + Math.Max(broken, 0),
                "is no whole row of node distances"
            )
            : new NodeDistances(nodes, [.. rows]);
    }

    /// <summary>What follows the first word; empty if that is another one, or something is no number.</summary>
    private static ImmutableArray<int> Numbers(string line, string first)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ImmutableArray<int>.Builder numbers = ImmutableArray.CreateBuilder<int>();
        foreach (string word in words.Skip(1))
        {
            if (
                !int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            )
            {
                return [];
            }
            numbers.Add(number);
        }
        return words.Length > 0 && words[0] == first ? numbers.ToImmutable() : [];
    }
}
