using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Xml.Linq;

namespace PvTimer.Tidy.Tests;

/// <summary>What is contained or needed of others stands in src/THIRD-PARTY-NOTICES.md with its licence.</summary>
public sealed class NoticeTests
{
    private const string Notices = "src/THIRD-PARTY-NOTICES.md";
    private const string LockFile = "packages.lock.json";

    [Fact]
    public void Package_has_a_notice_and_a_notice_has_a_package()
    {
        string[] packages =
        [
            .. Packages().Select(package => package.Name).Distinct(StringComparer.Ordinal),
        ];
        string[] rows = [.. PackageRows().Select(row => row[0])];
        Offenders.None(packages.Except(rows, StringComparer.Ordinal));
        Offenders.None(rows.Except(packages, StringComparer.Ordinal));
        Assert.Equal(rows.Length, rows.Distinct(StringComparer.Ordinal).Count());
    }

    /// <summary>Compared with the packages as the restore unpacked them.</summary>
    [Fact]
    public void Licence_in_the_notice_is_what_the_package_says()
    {
        Dictionary<string, string[]> rows = PackageRows()
            .ToDictionary(row => row[0], StringComparer.Ordinal);
        List<string> offenders = [];
        foreach ((string name, string version) in Packages())
        {
            string? said = ExpressionOf(name, version);
            string[] row = rows[name];
            if (said is null ? row[3] == Expression : row[1] != said || row[3] != Expression)
            {
                offenders.Add($"{name} {version} says '{said}', the notice '{row[1]}'");
            }
        }
        Offenders.None(offenders);
    }

    [Fact]
    public void Licence_in_the_notice_has_its_text()
    {
        string text = Repository.Read(Notices);
        string[] elsewhere = ["Apache-2.0", "MS-.NET-Library", "CC0-1.0 OR BSD-2-Clause"];
        Offenders.None(
            PackageRows()
                .Select(row => row[1])
                .Distinct(StringComparer.Ordinal)
                .Except(elsewhere, StringComparer.Ordinal)
                .Where(licence => !text.Contains($"### {licence}\n", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void Vendored_file_has_a_notice_and_its_licence_beside_it()
    {
        string[] rows = [.. Rows("file").Select(row => row[0].Trim('`'))];
        string[] vendored =
        [
            .. Repository
                .SourceFiles("")
                .Where(file => file.Contains("/vendor/", StringComparison.Ordinal))
                .Where(file => !file.EndsWith(".txt", StringComparison.Ordinal))
                .Select(file => file["src/".Length..]),
        ];
        Assert.Equal(vendored, rows);
        Offenders.None(
            Rows("file")
                .SelectMany(row =>
                    row[3]
                        .Split('`')
                        .Where(word => word.EndsWith(".txt", StringComparison.Ordinal))
                        .DefaultIfEmpty("no licence")
                        .Select(name => Beside(row[0].Trim('`'), name))
                )
                .Where(file => !File.Exists(file))
        );
    }

    private const string Expression = "expression in the package";

    private static string Beside(string file, string name) =>
        Path.Combine(Repository.Top, "src", Path.GetDirectoryName(file)!, name);

    private static IEnumerable<string[]> PackageRows() => Rows("package");

    /// <summary>The cells of the table whose first column has that heading.</summary>
    private static IEnumerable<string[]> Rows(string heading) =>
        Repository
            .Lines(Notices)
            .SkipWhile(line => !line.StartsWith($"| {heading} |", StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => (string[])[.. line.Trim('|').Split('|').Select(cell => cell.Trim())]);

    /// <summary>All that src needs, directly or not, in every version.</summary>
    private static HashSet<(string Name, string Version)> Packages()
    {
        HashSet<(string, string)> packages = [];
        foreach (string file in Repository.SourceFiles(LockFile))
        {
            using JsonDocument locked = JsonDocument.Parse(Repository.Read(file));
            IEnumerable<JsonProperty> needed = locked
                .RootElement.GetProperty("dependencies")
                .EnumerateObject()
                .SelectMany(framework => framework.Value.EnumerateObject())
                .Where(each => each.Value.GetProperty("type").GetString() != "Project");
            packages.UnionWith(
                needed.Select(each => (each.Name, each.Value.GetProperty("resolved").GetString()!))
            );
        }
        return packages;
    }

    /// <summary>The licence expression of a package; null if it has a file or an address instead.</summary>
    private static string? ExpressionOf(string name, string version)
    {
        string path = Path.Combine(name, version, $"{name}.nuspec").ToLowerInvariant();
        string file = PackageFolders()
            .Select(folder => Path.Combine(folder, path))
            .First(File.Exists);
        XElement? licence = XDocument
            .Load(file)
            .Descendants()
            .FirstOrDefault(element => element.Name.LocalName == "license");
        return (string?)licence?.Attribute("type") == "expression" ? licence!.Value : null;
    }

    /// <summary>Where the restore of this very build has found the packages.</summary>
    private static string[] PackageFolders()
    {
        using JsonDocument assets = JsonDocument.Parse(
            Repository.Read(".artifacts/obj/PvTimer.TestKit/project.assets.json")
        );
        return
        [
            .. assets
                .RootElement.GetProperty("packageFolders")
                .EnumerateObject()
                .Select(folder => folder.Name),
        ];
    }
}
