using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace PvTimer.Tidy.Tests;

/// <summary>
/// A type is read as one thing, however many files it lies in: it has at most 600 lines over all of them. Nested types
/// count with the type that they are in, comments and usings with the type behind them.
/// </summary>
public sealed partial class TypeSizeTests
{
    private const int MostLines = 600;

    [Fact]
    public void Type_has_at_most_600_lines_over_all_its_files() =>
        Offenders.None(
            Sizes()
                .Where(type => type.Value > MostLines)
                .Select(type => $"{type.Key} has {type.Value} lines; allowed: {MostLines}")
        );

    [Fact]
    public void Nested_types_count_with_their_outer_type_and_neighbours_do_not()
    {
        Dictionary<string, int> sizes = [];
        Add(
            sizes,
            "Room",
            [
                "using System;",
                "namespace Room;",
                "/// <summary>One.</summary>",
                "public sealed class One",
                "{",
                "    private struct Inner",
                "    {",
                "    }",
                "}",
                "",
                "internal sealed record Two(int Value);",
            ]
        );
        Add(sizes, "Room", ["namespace Room;", "public sealed partial class One", "{", "}"]);
        Assert.Equal(9 + 4, sizes["Room.One"]);
        Assert.Equal(2, sizes["Room.Two"]);
        Assert.Equal(2, sizes.Count);
    }

    private static Dictionary<string, int> Sizes()
    {
        Dictionary<string, int> sizes = new(StringComparer.Ordinal);
        foreach (string file in Repository.SourceFiles(".cs"))
        {
            Add(sizes, string.Join('.', file.Split('/')[1..^1]), Repository.Lines(file));
        }
        return sizes;
    }

    /// <summary>
    /// Adds one file's lines to its types'. Layout is the formatter's: what begins a type of a namespace stands in the
    /// first column, and so does what ends it.
    /// </summary>
    private static void Add(Dictionary<string, int> sizes, string space, string[] lines)
    {
        string? type = null;
        int counted = 0;
        for (int index = 0; index < lines.Length; index++)
        {
            Match begins = TypeDeclaration().Match(lines[index]);
            if (begins.Success)
            {
                type = $"{space}.{begins.Groups["name"].Value}";
            }
            if (type is not null && EndsType(lines[index]))
            {
                sizes[type] = sizes.GetValueOrDefault(type) + index + 1 - counted;
                counted = index + 1;
                type = null;
            }
        }
    }

    private static bool EndsType(string line) =>
        line.Length > 0
        && (line[0] == '}' || (line[0] is not (' ' or '#' or '/') && line.EndsWith(';')));

    [GeneratedRegex(
        @"^(?:(?:public|internal|file|static|sealed|abstract|partial|readonly|ref|unsafe)\s+)*"
            + @"(?:class|interface|enum|struct|record(?:\s+(?:class|struct))?)\s+(?<name>\w+)",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000
    )]
    private static partial Regex TypeDeclaration();
}
