using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using PvTimer.Model.Costs;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Tidy.Tests;

/// <summary>The tables of config/README.md against the properties that the keys set.</summary>
public sealed partial class ConfigurationManualTests
{
    private const string Manual = "config/README.md";

    [Fact]
    public void Manual_lists_every_cost_in_the_order_of_the_profile() =>
        Assert.Equal(
            KeysOf(typeof(CostProfile)),
            Rows("## The keys of a cost profile"),
            StringComparer.Ordinal
        );

    [Fact]
    public void Manual_lists_every_flaw_in_the_order_of_the_model() =>
        Assert.Equal(KeysOf(typeof(PvTimerFlaws)), Rows("### The flaws"), StringComparer.Ordinal);

    /// <summary>Settable properties in kebab-case: "HrtimerStart" becomes "hrtimer-start".</summary>
    private static IEnumerable<string> KeysOf(Type type) =>
        type.GetProperties()
            .Where(property => property.SetMethod is { IsStatic: false })
            .Select(property => Capital().Replace(property.Name, "-$0").ToLowerInvariant());

    /// <summary>The first column of the first table under that heading.</summary>
    private static IEnumerable<string> Rows(string heading) =>
        Repository
            .Lines(Manual)
            .SkipWhile(line => line != heading)
            .SkipWhile(line => !line.StartsWith('|'))
            .TakeWhile(line => line.StartsWith('|'))
            .Skip(2)
            .Select(row => row.Split('`')[1]);

    [GeneratedRegex("(?<!^)[A-Z]", RegexOptions.None, 1_000)]
    private static partial Regex Capital();
}
