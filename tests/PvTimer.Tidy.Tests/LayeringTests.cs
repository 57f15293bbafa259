using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;

namespace PvTimer.Tidy.Tests;

/// <summary>Rooms stand on each other; references point down only.</summary>
public sealed class LayeringTests
{
    // Who may refer to whom; a new room is entered here, on purpose.
    private static readonly Dictionary<string, string[]> Below = new(StringComparer.Ordinal)
    {
        ["PvTimer.Model"] = [],
        ["PvTimer.Engine"] = ["PvTimer.Model"],
        ["PvTimer.Formats"] = ["PvTimer.Model"],
        ["PvTimer.Scenarios"] = ["PvTimer.Formats", "PvTimer.Model"],
        ["PvTimer.Actors"] = ["PvTimer.Engine", "PvTimer.Model"],
        ["PvTimer.Sharding"] =
        [
            "PvTimer.Actors",
            "PvTimer.Engine",
            "PvTimer.Model",
            "PvTimer.Scenarios",
        ],
        ["PvTimer.Experiments"] =
        [
            "PvTimer.Actors",
            "PvTimer.Engine",
            "PvTimer.Formats",
            "PvTimer.Model",
            "PvTimer.Scenarios",
            "PvTimer.Sharding",
        ],
        ["PvTimer.ActorTime"] = ["PvTimer.ActorTime.Analyzers"],
        ["PvTimer.ActorTime.Analyzers"] = [],
        ["PvTimer.ActorTime.Hosting"] = ["PvTimer.ActorTime"],
        ["PvTimer.ActorTime.Xunit2"] = ["PvTimer.ActorTime"],
        ["PvTimer.ActorTime.Xunit3"] = ["PvTimer.ActorTime"],
        ["PvTimer.Templates"] = [],
        ["PvTimer.TestKit"] =
        [
            "PvTimer.Actors",
            "PvTimer.ActorTime",
            "PvTimer.Engine",
            "PvTimer.Experiments",
            "PvTimer.Model",
            "PvTimer.Scenarios",
            "PvTimer.Sharding",
        ],
        ["PvTimer.OpsConsole"] =
        [
            "PvTimer.Formats",
            "PvTimer.Model",
            "PvTimer.Scenarios",
            "PvTimer.Sharding",
        ],
        ["PvTimer.Cli"] =
        [
            "PvTimer.Actors",
            "PvTimer.Engine",
            "PvTimer.Experiments",
            "PvTimer.Formats",
            "PvTimer.Model",
            "PvTimer.OpsConsole",
            "PvTimer.Scenarios",
            "PvTimer.Sharding",
        ],
    };

    // The machine and its loop know no actors, no files, no terminal.
    private static readonly Dictionary<string, string[]> PackagesAllowed = new(
        StringComparer.Ordinal
    )
    {
        ["PvTimer.Model"] = ["Microsoft.CodeAnalysis.BannedApiAnalyzers"],
        ["PvTimer.Engine"] = ["Microsoft.CodeAnalysis.BannedApiAnalyzers"],
        ["PvTimer.Formats"] =
        [
            "Google.Protobuf",
            "HdrHistogram",
            "Parquet.Net",
            "SharpCompress",
            "ZstdSharp.Port",
        ],
    };

    public static TheoryData<string> Rooms =>
        [
            .. Repository
                .SourceFiles(".csproj")
                .Where(file => !Repository.IsOfStrangers(file))
                .Select(file => Path.GetFileNameWithoutExtension(file)),
        ];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Room_refers_downwards_only(string room)
    {
        IEnumerable<string> references = Items(room, "ProjectReference")
            .Select(path => Path.GetFileNameWithoutExtension(path));
        Offenders.None(references.Except(Below[room], StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("PvTimer.Model")]
    [InlineData("PvTimer.Engine")]
    [InlineData("PvTimer.Formats")]
    public void Lower_room_needs_no_package_but(string room) =>
        Offenders.None(
            Items(room, "PackageReference").Except(PackagesAllowed[room], StringComparer.Ordinal)
        );

    [Theory]
    [InlineData("PvTimer.Model")]
    [InlineData("PvTimer.Engine")]
    public void Clocks_and_chance_are_banned_by_the_compiler_in(string room)
    {
        Assert.Contains(
            "Microsoft.CodeAnalysis.BannedApiAnalyzers",
            Items(room, "PackageReference"),
            StringComparer.Ordinal
        );
        Assert.Contains(
            "../BannedSymbols.VirtualTime.txt",
            Items(room, "AdditionalFiles"),
            StringComparer.Ordinal
        );
    }

    [Fact]
    public void Every_project_is_in_the_solution_but_the_strangers()
    {
        string solution = Repository.Read("PvTimer.Actors.sln").Replace('\\', '/');
        Assert.All(
            Repository.Files(".csproj").Where(project => !Repository.IsOfStrangers(project)),
            project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal)
        );
    }

    private static IEnumerable<string> Items(string room, string kind) =>
        XDocument
            .Parse(Repository.Read($"src/{room}/{room}.csproj"))
            .Descendants(kind)
            .Select(item => (string)item.Attribute("Include")!);
}
