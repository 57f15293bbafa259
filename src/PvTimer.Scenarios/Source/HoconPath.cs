using System;
using System.Collections.Generic;

namespace PvTimer.Scenarios.Source;

/// <summary>Paths of keys as people write them: <c>scenario.vms.0.guest.type</c>.</summary>
internal static class HoconPath
{
    /// <summary>The path of a key inside an object (or of an element inside a list).</summary>
    public static string Child(string parent, string key)
    {
        string written = key.Contains('.', StringComparison.Ordinal) ? $"\"{key}\"" : key;
        return parent.Length == 0 ? written : $"{parent}.{written}";
    }

    /// <summary>The keys of a path; one with dots in it stands in quotes.</summary>
    public static string[] Segments(string path)
    {
        List<string> segments = [];
        for (string rest = path; rest.Length > 0; )
        {
            int end = rest.StartsWith('"') ? rest.IndexOf('"', 1) + 1 : rest.IndexOf('.');
            end = end <= 0 ? rest.Length : end;
            segments.Add(rest[..end].Trim('"'));
            rest = end < rest.Length ? rest[(end + 1)..] : "";
        }
        return [.. segments];
    }

    /// <summary>The path one level up; empty at the top.</summary>
    public static string Parent(string path)
    {
        int end = path.EndsWith('"')
            ? path.LastIndexOf('"', path.Length - 2) - 1
            : path.LastIndexOf('.');
        return end <= 0 ? "" : path[..end];
    }
}
