using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace PvTimer.Tidy.Tests;

/// <summary>What every C# file of the house keeps to.</summary>
public sealed partial class SourceFileTests
{
    private static readonly HashSet<string> MayUseInternals = new(StringComparer.Ordinal)
    {
        "AkkaInternals.cs",
        "PeerBootstrap.cs",
        "ContactProbe.cs",
        "WorldActorRefProvider.cs",
    };

    private const int MostLines = 400;

    // Assembled, so that this file does not break its own rule.
    private static readonly string[] TaskMarks =
    [
        "TO" + "DO",
        "FIX" + "ME",
        "HA" + "CK",
        "XX" + "X",
    ];

    private static readonly string[] NamesThatSayNothing =
    [
        "Helper",
        "Helpers",
        "Util",
        "Utils",
        "Utilities",
        "Manager",
        "Common",
        "Base",
    ];

    [Fact]
    public void Source_file_has_at_most_400_lines() =>
        Offenders.None(
            Repository.Files(".cs").Where(file => Repository.Lines(file).Length > MostLines)
        );

    [Theory]
    [InlineData(".cs")]
    [InlineData(".md")]
    [InlineData(".sh")]
    [InlineData(".csproj")]
    public void Files_hold_no_task_marks(string ending) =>
        Offenders.None(LinesOf(ending).Where(line => TaskMarks.Any(line.Holds)));

    [Fact]
    public void Suppression_says_its_reason_on_the_line() =>
        Offenders.None(
            LinesOf(".cs")
                .Where(line => Suppression().IsMatch(line.Text) && !Reason().IsMatch(line.Text))
        );

    [Fact]
    public void Type_name_comes_from_the_field() =>
        Offenders.None(
            TypeNames().Where(type => NamesThatSayNothing.Any(word => EndsInWord(type.Name, word)))
        );

    /// <summary>Setting the machine's clock must not end, or prolong, what is being waited for.</summary>
    [Fact]
    public void Spans_of_wall_time_are_not_taken_from_the_time_of_day() =>
        Offenders.None(
            LinesOf(".cs")
                .Where(line => line.File.StartsWith("src/", StringComparison.Ordinal))
                .Where(line => SpanOfDay().IsMatch(line.Text))
        );

    /// <summary>What waits in the same process, a node or a page, would wait for what computes there.</summary>
    [Fact]
    public void Nothing_computes_side_by_side_on_the_threads_of_the_pool() =>
        Offenders.None(
            LinesOf(".cs")
                .Where(line => line.File.StartsWith("src/", StringComparison.Ordinal))
                .Where(line => ParallelOnPool().IsMatch(line.Text))
        );

    /// <summary>
    /// What Akka does not promise to keep is in one place, with a test that notices a change. Cluster.Bootstrap's
    /// coordinator is made to be derived from, though its namespace is internal: BootstrapTests notice. Providers of actors
    /// are named by the configuration, and their interface has such a type in it.
    /// </summary>
    [Fact]
    public void Internals_of_Akka_are_used_in_one_class() =>
        Offenders.None(
            LinesOf(".cs")
                .Where(line => line.File.StartsWith("src/", StringComparison.Ordinal))
                .Where(line => !MayUseInternals.Contains(Path.GetFileName(line.File)))
                .Where(line => InternalOfAkka().IsMatch(line.Text))
        );

    /// <summary>A test that fails must not leave behind what it has started.</summary>
    [Fact]
    public void Processes_of_tests_do_not_outlive_them() =>
        Offenders.None(
            LinesOf(".cs")
                .Where(line => line.File.StartsWith("tests/", StringComparison.Ordinal))
                .Where(line =>
                    Path.GetFileName(line.File) is not ("ChildProcess.cs" or "SourceFileTests.cs")
                )
                .Select(line =>
                    line with
                    {
                        Text = line.Text.Replace("ChildProcess", "", StringComparison.Ordinal),
                    }
                )
                .Where(line =>
                    line.Text.Contains("Process.Start(", StringComparison.Ordinal)
                    || line.Text.Contains("new Process(", StringComparison.Ordinal)
                )
        );

    /// <summary>Such a type would hide the namespace that everything lives in.</summary>
    [Fact]
    public void No_type_is_called_as_the_root_namespace() =>
        Assert.DoesNotContain(TypeNames(), type => type.Name == "PvTimer");

    /// <summary>Inside such a namespace Akka.Cluster and System.Console are no longer found.</summary>
    [Fact]
    public void No_namespace_ends_in_Cluster_or_Console() =>
        Offenders.None(LinesOf(".cs").Where(line => HidingNamespace().IsMatch(line.Text)));

    [Fact]
    public void Namespace_follows_the_folder()
    {
        foreach (string file in Repository.Files(".cs").Where(each => !IsTemplate(each)))
        {
            string[] path = file.Split('/');
            string expected = string.Join('.', path[1..^1]);
            Assert.Contains(
                $"namespace {expected};",
                Repository.Lines(file),
                StringComparer.Ordinal
            );
        }
    }

    /// <summary>Its folder is the one that the project is made in.</summary>
    private static bool IsTemplate(string file) =>
        file.StartsWith("src/PvTimer.Templates/content/", StringComparison.Ordinal);

    private static bool EndsInWord(string name, string word) =>
        name.EndsWith(word, StringComparison.Ordinal);

    private static IEnumerable<Line> LinesOf(string ending) =>
        Repository
            .Files(ending)
            .SelectMany(file =>
                Repository.Lines(file).Select((text, index) => new Line(file, index + 1, text))
            );

    private static IEnumerable<DeclaredType> TypeNames() =>
        LinesOf(".cs")
            .Where(line => TypeDeclaration().IsMatch(line.Text))
            .Select(line => new DeclaredType(
                line.File,
                TypeDeclaration().Match(line.Text).Groups["name"].Value
            ));

    [GeneratedRegex(
        @"(?<!"")\bParallel\.(For|Invoke)|\.AsParallel\(",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex ParallelOnPool();

    [GeneratedRegex(
        @"^\s*(?:(?:public|internal|private|protected|file|static|sealed|abstract|partial|readonly|ref)\s+)*"
            + @"(?:class|interface|enum|struct|record(?:\s+(?:class|struct))?)\s+(?<name>\w+)",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000
    )]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(
        @"^\s*#pragma warning disable|\[(?:\w+:\s*)?SuppressMessage|\bunchecked\s*[({]",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000
    )]
    private static partial Regex Suppression();

    [GeneratedRegex(
        @"\[UnsafeAccessor|using (?:static )?Akka\.[\w.]*\bInternal\b|InternalCurrentActorCellKeeper|\bLocalActorRef\b",
        RegexOptions.None,
        matchTimeoutMilliseconds: 60_000
    )]
    private static partial Regex InternalOfAkka();

    [GeneratedRegex(
        @"DateTime(?:Offset)?\.(?:Utc)?Now\s*[-+<>]|[-+<>]=?\s*DateTime(?:Offset)?\.(?:Utc)?Now",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000
    )]
    private static partial Regex SpanOfDay();

    [GeneratedRegex(
        @"// reason: \S+|Justification = ""\S+",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000
    )]
    private static partial Regex Reason();

    [GeneratedRegex(
        @"^namespace (?:\w+\.)*(?:Cluster|Console)\s*[;{]",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000
    )]
    private static partial Regex HidingNamespace();

    private sealed record DeclaredType(string File, string Name);

    private sealed record Line(string File, int Number, string Text)
    {
        public bool Holds(string word) => Text.Contains(word, StringComparison.Ordinal);

        public override string ToString() => $"{File}:{Number}: {Text.Trim()}";
    }
}
