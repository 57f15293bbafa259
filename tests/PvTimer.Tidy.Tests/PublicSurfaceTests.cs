using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using PublicApiGenerator;

namespace PvTimer.Tidy.Tests;

/// <summary>
/// What the packages show to others, as lists that are kept: the public types of each, and the members of those that others
/// write tests with. A change of a surface is seen in a diff; UPDATE_GOLDEN=1 rewrites the lists.
/// </summary>
public sealed class PublicSurfaceTests
{
    private const string Folder = "tests/PvTimer.Tidy.Tests/Surface";

    private static readonly bool s_rewrites =
        Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    public static TheoryData<string> ForTests => [.. Libraries().Where(IsForTests)];

    public static TheoryData<string> ForPrograms =>
        [.. Libraries().Where(room => !IsForTests(room))];

    [Theory]
    [MemberData(nameof(ForTests))]
    public void Package_for_tests_shows_the_members_that_are_listed(string room) =>
        AssertHolds(
            room,
            Assembly
                .LoadFrom(Built(room, WithAllItNeeds(room)))
                .GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false })
        );

    [Theory]
    [MemberData(nameof(ForPrograms))]
    public void Package_shows_the_types_that_are_listed(string room) =>
        AssertHolds(room, string.Join('\n', PublicTypes(Built(room, room))));

    [Fact]
    public void List_belongs_to_a_package() =>
        Assert.Equal(
            Libraries(),
            Directory
                .EnumerateFiles(Path.Combine(Repository.Top, Folder))
                .Select(file => Path.GetFileNameWithoutExtension(file))
                .Order(StringComparer.Ordinal),
            StringComparer.Ordinal
        );

    /// <summary>Rooms that become a package which programs refer to: no command, no template.</summary>
    private static IEnumerable<string> Libraries() =>
        Repository
            .SourceFiles(".csproj")
            .Where(file => !Repository.IsOfStrangers(file))
            .Where(file =>
                !XDocument
                    .Parse(Repository.Read(file))
                    .Descendants()
                    .Any(each =>
                        (each.Name.LocalName, each.Value)
                            is
                                ("IsPackable", "false")
                                or
                                ("PackAsTool", "true")
                                or
                                ("PackageType", "Template")
                    )
            )
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal);

    private static bool IsForTests(string room) =>
        room == "PvTimer.TestKit" || room.StartsWith("PvTimer.ActorTime", StringComparison.Ordinal);

    /// <summary>The project of tests that has the room's packages beside it, which its members' types are in.</summary>
    private static string WithAllItNeeds(string room) =>
        room switch
        {
            "PvTimer.TestKit" => "PvTimer.Scenarios.Tests",
            "PvTimer.ActorTime.Xunit3" => "PvTimer.ActorTime.Xunit3.Tests",
            _ => "PvTimer.ActorTime.Adapters.Tests",
        };

    /// <summary>The assembly as the build of the solution in this configuration has made it.</summary>
    private static string Built(string room, string project)
    {
        string file = Path.Combine(
            Repository.Top,
            ".artifacts",
            "bin",
            project,
            Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)),
            $"{room}.dll"
        );
        return File.Exists(file)
            ? file
            : throw new FileNotFoundException($"{file}: build the solution before");
    }

    private static IEnumerable<string> PublicTypes(string file)
    {
        using PEReader image = new(File.OpenRead(file));
        MetadataReader reader = image.GetMetadataReader();
        return
        [
            .. reader
                .TypeDefinitions.Select(handle => NameOf(reader, handle))
                .OfType<string>()
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>"Room.Type.Nested`1"; null: it is not public.</summary>
    private static string? NameOf(MetadataReader reader, TypeDefinitionHandle handle)
    {
        TypeDefinition type = reader.GetTypeDefinition(handle);
        string name = reader.GetString(type.Name);
        return (type.Attributes & TypeAttributes.VisibilityMask) switch
        {
            TypeAttributes.Public => $"{reader.GetString(type.Namespace)}.{name}",
            TypeAttributes.NestedPublic or TypeAttributes.NestedFamily => NameOf(
                reader,
                type.GetDeclaringType()
            )
                is { } outer
                ? $"{outer}.{name}"
                : null,
            _ => null,
        };
    }

    private static void AssertHolds(string room, string actual)
    {
        string file = Path.Combine(Repository.Top, Folder, $"{room}.txt");
        string text = actual.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        if (s_rewrites)
        {
            File.WriteAllText(file, text);
        }
        string[] expected = File.Exists(file) ? File.ReadAllLines(file) : [];
        string[] lines = text.TrimEnd('\n').Split('\n');
        Offenders.None(
            expected
                .Except(lines, StringComparer.Ordinal)
                .Select(line => $"{room} does not show any more: {line.Trim()}")
                .Concat(
                    lines
                        .Except(expected, StringComparer.Ordinal)
                        .Select(line => $"{room} shows, and the list does not: {line.Trim()}")
                )
        );
        // And in the same order and places.
        Assert.Equal(expected, lines, StringComparer.Ordinal);
    }
}
