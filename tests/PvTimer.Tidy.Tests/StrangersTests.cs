using System;
using System.Collections.Generic;
using System.Linq;
using System.Xml.Linq;

namespace PvTimer.Tidy.Tests;

/// <summary>Projects as others have them name versions themselves, and those are the ones that are tried here.</summary>
public sealed class StrangersTests
{
    [Fact]
    public void Project_of_others_has_the_versions_that_are_tested()
    {
        Dictionary<string, string> versions = Items("Directory.Packages.props", "PackageVersion")
            .ToDictionary(each => each.Name, each => each.Version, StringComparer.Ordinal);
        string own = XDocument
            .Parse(Repository.Read("Directory.Build.props"))
            .Descendants("Version")
            .Single()
            .Value;
        (string File, string Name, string Version)[] references =
        [
            .. Repository
                .Files(".csproj")
                .Where(Repository.IsOfStrangers)
                .SelectMany(file =>
                    Items(file, "PackageReference").Select(each => (file, each.Name, each.Version))
                ),
        ];
        Assert.NotEmpty(references);
        Offenders.None(
            references
                .Where(each =>
                    each.Version
                    != (
                        each.Name.StartsWith("PvTimer.", StringComparison.Ordinal)
                            ? own
                            : versions[each.Name]
                    )
                )
                .Select(each => $"{each.File}: {each.Name} {each.Version}")
        );
    }

    private static IEnumerable<(string Name, string Version)> Items(string file, string kind) =>
        XDocument
            .Parse(Repository.Read(file))
            .Descendants(kind)
            .Select(each =>
                ((string)each.Attribute("Include")!, (string)each.Attribute("Version")!)
            );
}
