using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace PvTimer.Scenarios.Source;

/// <summary>
/// Which number of the summary a mistyped path was probably meant to be. Paths are compared part by part: edit
/// distance over a whole path finds short ones that have nothing in common with it.
/// </summary>
internal static class NearestMetric
{
    /// <summary>What each part of a known path costs that was not asked for.</summary>
    private const double PartLeftOver = 0.1;

    /// <summary>What a part costs that is the beginning of the known one.</summary>
    private const double BeginOnly = 0.2;

    /// <summary>The first of equals.</summary>
    public static string Of(string path, IEnumerable<string> known)
    {
        string[] asked = Parts(path);
        return known.MinBy(metric => Distance(asked, Parts(metric)))!;
    }

    private static double Distance(string[] asked, string[] parts) =>
        asked.Sum(word => parts.Min(part => Distance(word, part)))
        + (PartLeftOver * Math.Max(0, parts.Length - asked.Length));

    private static double Distance(string word, string part)
    {
        if (word == part)
        {
            return 0;
        }
        return word.Length > 0 && part.StartsWith(word, StringComparison.Ordinal)
            ? BeginOnly
            : (double)NearestKey.Distance(word, part) / Math.Max(word.Length, part.Length);
    }

    private static string[] Parts(string path) =>
        [
            .. path.Replace("p99.9", "p99_9", StringComparison.Ordinal)
                .Replace('-', '_')
                .ToUpper(CultureInfo.InvariantCulture)
                .Split('.')
                .Select(part =>
                    part.EndsWith("_NS", StringComparison.Ordinal) ? part[..^"_NS".Length] : part
                ),
        ];
}
