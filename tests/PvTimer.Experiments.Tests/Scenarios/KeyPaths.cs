using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>All keys of a resolved scenario, with their values.</summary>
internal static class KeyPaths
{
    private static readonly string[] FreeNames =
    [
        "thresholds.",
        "placement.pins.",
        "pvtimer.flaws.",
    ];

    /// <summary>Each path as --set names it, without the leading "scenario.".</summary>
    public static IEnumerable<(string Path, string Value)> Of(string resolved) =>
        Below("", ConfigurationFactory.ParseString(resolved).Root.GetObject().GetKey("scenario"));

    /// <summary>
    /// A path with "#" for indices of lists and for names that the scenario chooses. A guest's keys keep
    /// their VM: each type has its own. The costs of a host that differs are read as the usual host's are.
    /// </summary>
    public static string PatternOf(string path)
    {
        string? free = Array.Find(
            FreeNames,
            section => path.StartsWith(section, StringComparison.Ordinal)
        );
        if (free is not null)
        {
            return free + "#";
        }
        bool isOfGuest =
            path.Contains(".guest.", StringComparison.Ordinal)
            && !path.EndsWith(".type", StringComparison.Ordinal);
        return isOfGuest
            ? path
            : string.Join(
                    '.',
                    path.Split('.').Select(part => part.All(char.IsAsciiDigit) ? "#" : part)
                )
                .Replace("other-hosts.#.costs.", "host.costs.", StringComparison.Ordinal);
    }

    private static IEnumerable<(string Path, string Value)> Below(string path, HoconValue value)
    {
        string prefix = path.Length == 0 ? "" : path + ".";
        if (value.IsObject())
        {
            return value
                .GetObject()
                .Items.SelectMany(entry => Below(prefix + entry.Key, entry.Value));
        }
        return value.IsArray()
            ? value
                .GetArray()
                .SelectMany(
                    (item, index) =>
                        Below(prefix + index.ToString(CultureInfo.InvariantCulture), item)
                )
            : [(path, value.GetString())];
    }
}
