using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace PvTimer.Tidy.Tests;

/// <summary>
/// What the coordinator and the nodes decide is decided by functions: handed the time and what has happened, they
/// return what is to be done. That is what lets a simulation drive them by the million.
/// </summary>
public sealed partial class ControlPlaneTests
{
    private static readonly string[] Folders =
    [
        "src/PvTimer.Sharding/Control/",
        "src/PvTimer.Sharding/Commands/",
    ];

    private static readonly string[] NotForAFunction =
    [
        "Akka",
        "IO",
        "DateTime",
        "UtcNow",
        "MonotonicTime",
        "Stopwatch",
        "Environment",
        "Random",
        "Guid",
        "Task",
        "Thread",
        "Threading",
    ];

    [Fact]
    public void Control_plane_knows_no_actors_files_clocks_chance_and_threads()
    {
        string[] files =
        [
            .. Repository
                .SourceFiles(".cs")
                .Where(file =>
                    Array.Exists(
                        Folders,
                        folder => file.StartsWith(folder, StringComparison.Ordinal)
                    )
                ),
        ];
        Assert.NotEmpty(files);
        string[] offenders = [.. files.SelectMany(OffendersIn)];
        Assert.True(
            offenders.Length == 0,
            $"{string.Join(" and ", Folders)} decide, and do nothing themselves: what needs actors, files, clocks, chance or threads is an "
                + $"effect that an actor carries out, and comes back as an event.{Environment.NewLine}"
                + string.Join(Environment.NewLine, offenders)
        );
    }

    [Theory]
    [InlineData("using Akka.Actor;", true)]
    [InlineData("var at = DateTime.UtcNow;", true)]
    [InlineData("System.IO.File.Delete(name);", true)]
    [InlineData("// a Task of the field", false)]
    [InlineData("string text = \"Thread\";", false)]
    [InlineData("TaskCount++;", false)]
    public void Only_identifiers_count(string line, bool isOffence) =>
        Assert.Equal(isOffence, IdentifiersIn(line).Any(IsOffence));

    private static IEnumerable<string> OffendersIn(string file) =>
        Repository
            .Lines(file)
            .SelectMany(
                (line, index) =>
                    IdentifiersIn(line)
                        .Where(IsOffence)
                        .Select(word => $"{file}:{index + 1}: {word}: {line.Trim()}")
            );

    private static bool IsOffence(string word) =>
        NotForAFunction.Contains(word, StringComparer.Ordinal);

    /// <summary>Without what is in comments and in texts.</summary>
    private static IEnumerable<string> IdentifiersIn(string line) =>
        Identifier().Matches(CommentOrText().Replace(line, "")).Select(match => match.Value);

    [GeneratedRegex(
        @"""(?:\\.|[^""\\])*""|//.*",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000
    )]
    private static partial Regex CommentOrText();

    [GeneratedRegex(
        @"\b[A-Za-z_]\w*",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000
    )]
    private static partial Regex Identifier();
}
