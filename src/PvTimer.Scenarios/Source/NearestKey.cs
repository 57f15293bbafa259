using System;
using System.Collections.Generic;
using System.Linq;

namespace PvTimer.Scenarios.Source;

/// <summary>Which known key a mistyped one was probably meant to be.</summary>
internal static class NearestKey
{
    /// <summary>The known key at the smallest edit distance; the first of equals.</summary>
    public static string? Of(string key, IEnumerable<string> known) =>
        known.MinBy(candidate => Distance(key, candidate));

    /// <summary>Levenshtein's distance: insertions, deletions and substitutions of one character.</summary>
    public static int Distance(string left, string right)
    {
        int[] above = [.. Enumerable.Range(0, right.Length + 1)];
        int[] row = new int[right.Length + 1];
        for (int i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int substituted = above[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                row[j] = Math.Min(substituted, Math.Min(above[j], row[j - 1]) + 1);
            }
            (above, row) = (row, above);
        }
        return above[right.Length];
    }
}
