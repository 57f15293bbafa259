using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace PvTimer.Scenarios.Tests.Kit;

/// <summary>The table of behaviours names scripts that exist, and every script of a behaviour is in it.</summary>
public sealed partial class ConformanceTableTests
{
    [Fact]
    public void Table_of_behaviours_and_scripts_agree()
    {
        string page = File.ReadAllText(
            Path.Combine(Repository.Top, "tests", "PvTimer.Scenarios.Tests", "README.md")
        );
        string[] named =
        [
            .. Named().Matches(page).Select(match => match.Value).Distinct(StringComparer.Ordinal),
        ];
        string[] scripts =
        [
            .. typeof(ConformanceTableTests)
                .Assembly.GetTypes()
                .SelectMany(type => type.GetMethods())
                .Select(method => method.Name)
                .Where(name => name.StartsWith("Behaviour_", StringComparison.Ordinal))
                .Distinct(StringComparer.Ordinal),
        ];
        Assert.Equal(scripts.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"Behaviour_\w+", RegexOptions.NonBacktracking)]
    private static partial Regex Named();
}
