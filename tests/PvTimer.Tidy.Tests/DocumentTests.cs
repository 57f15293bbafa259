using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace PvTimer.Tidy.Tests;

/// <summary>The documents, and what lies at the top of the repository.</summary>
public sealed partial class DocumentTests
{
    private const string Manual = "README.md";
    private const string RoomsPage = "src/README.md";
    private const string PromisesPage = "tests/PROMISES.md";

    private static readonly string[] TopFolders = ["src", "tests", "config", "cluster"];

    private static readonly string[] TopFiles =
    [
        Manual,
        "LICENSE",
        "CHANGELOG.md",
        "PvTimer.Actors.sln",
        "global.json",
        "Directory.Build.props",
        "Directory.Build.targets",
        "Directory.Packages.props",
    ];

    // Where people run a fresh clone they also find what the runs and the build left there.
    private static readonly string[] Generated = ["runs", "TestResults"];

    public static TheoryData<string> Documents => [.. Repository.Files(".md")];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_has_one_title(string document) =>
        Assert.Single(Prose(document), line => line.StartsWith("# ", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_link_leads_to_a_file(string document)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Top, document))!;
        IEnumerable<string> targets = Prose(document)
            .SelectMany(line => Link().Matches(line))
            .Select(link => link.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal))
            .Select(target => target.Split('#')[0])
            .Where(target => target.Length > 0);
        Offenders.None(targets.Where(target => !Path.Exists(Path.Combine(folder, target))));
    }

    /// <summary>A path of one machine means nothing on another.</summary>
    [Fact]
    public void Files_name_no_path_of_one_machine() =>
        Offenders.None(
            Repository.TextFiles().Where(file => HomePath().IsMatch(Repository.Read(file)))
        );

    [Fact]
    public void Top_level_holds_only_what_belongs_there()
    {
        IEnumerable<string> folders = Directory
            .EnumerateDirectories(Repository.Top)
            .Select(path => Path.GetFileName(path));
        IEnumerable<string> files = Directory
            .EnumerateFiles(Repository.Top)
            .Select(path => Path.GetFileName(path));
        Offenders.None(
            folders.Where(IsNoDotFile).Except(TopFolders.Concat(Generated), StringComparer.Ordinal)
        );
        Offenders.None(files.Where(IsNoDotFile).Except(TopFiles, StringComparer.Ordinal));
    }

    /// <summary>What stands in code marks in the tables of the tests' pages is a test, if it reads like one.</summary>
    [Fact]
    public void Page_of_the_tests_names_tests_that_exist()
    {
        HashSet<string> tests = TestNames().ToHashSet(StringComparer.Ordinal);
        IEnumerable<string> named = Repository
            .Files(".md")
            .Where(file => file.StartsWith("tests/", StringComparison.Ordinal))
            .SelectMany(Repository.Lines)
            .SelectMany(line => TestName().Matches(line))
            .Select(name => name.Groups["name"].Value);
        Assert.NotEmpty(named);
        Offenders.None(named.Where(name => !tests.Contains(name)));
    }

    /// <summary>What a newcomer to the project reads first; the rest stands beside what it describes.</summary>
    [Fact]
    public void Manual_is_short() => Assert.True(Repository.Lines(Manual).Length <= 120);

    [Fact]
    public void Promise_names_a_test_that_exists_or_says_none()
    {
        IReadOnlyList<string> promises = Promises();
        Assert.NotEmpty(promises);
        HashSet<string> tests = TestNames().ToHashSet(StringComparer.Ordinal);
        foreach (string row in promises)
        {
            string test = row.Trim().Trim('|').Split('|')[^1].Trim();
            string[] named = [.. Code().Matches(test).Select(code => code.Groups["text"].Value)];
            Assert.True(test == "none" || named.Length > 0, $"no test in: {row}");
            Assert.All(named, name => Assert.Contains(name, tests));
        }
    }

    [Fact]
    public void Every_room_is_on_the_page_of_rooms()
    {
        string manual = Repository.Read(RoomsPage);
        Assert.All(
            Repository
                .Files(".csproj")
                .Where(file => !Repository.IsOfStrangers(file))
                .Select(file => Path.GetFileNameWithoutExtension(file)),
            project =>
                Assert.True(
                    project.EndsWith(".Tests", StringComparison.Ordinal)
                        || manual.Contains($"`{project}`", StringComparison.Ordinal),
                    $"{project} is not in {RoomsPage}"
                )
        );
    }

    private static bool IsNoDotFile(string name) => !name.StartsWith('.');

    /// <summary>The rows of the page's table whose last column is headed "test".</summary>
    private static List<string> Promises() =>
        [
            .. Repository
                .Lines(PromisesPage)
                .SkipWhile(line => !PromiseHead().IsMatch(line))
                .Skip(2)
                .TakeWhile(line => line.StartsWith('|')),
        ];

    private static IEnumerable<string> TestNames() =>
        Repository
            .Files(".cs")
            .Where(file => file.StartsWith("tests/", StringComparison.Ordinal))
            .SelectMany(file => TestMethod().Matches(Repository.Read(file)))
            .Select(method => method.Groups["name"].Value);

    /// <summary>The lines outside fenced blocks.</summary>
    private static IEnumerable<string> Prose(string document)
    {
        bool fenced = false;
        foreach (string line in Repository.Lines(document))
        {
            bool fence = line.TrimStart().StartsWith("```", StringComparison.Ordinal);
            fenced ^= fence;
            if (!fenced && !fence)
            {
                yield return line;
            }
        }
    }

    [GeneratedRegex(
        "`(?<name>[A-Z][a-z0-9]+(?:_[A-Za-z0-9]+){2,})`",
        RegexOptions.ExplicitCapture,
        1_000
    )]
    private static partial Regex TestName();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Link();

    [GeneratedRegex("`(?<text>[^`]+)`", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Code();

    [GeneratedRegex(
        @"(?<![\w.])/(?:home|root|tmp|work|Users)/\w",
        RegexOptions.ExplicitCapture,
        1_000
    )]
    private static partial Regex HomePath();

    [GeneratedRegex(@"^\|\s*promise\s*\|.*\|\s*test\s*\|\s*$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex PromiseHead();

    [GeneratedRegex(
        @"^\s*public (?:async )?(?:void|Task) (?<name>\w+)\(",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        1_000
    )]
    private static partial Regex TestMethod();
}
