using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace PvTimer.Tidy.Tests;

/// <summary>The repository's own files, read as text. Paths are relative to its top, with slashes.</summary>
internal static class Repository
{
    // Written by the build, by runs and by tools, or by git itself.
    private static readonly string[] NotOurs =
    [
        ".git",
        ".artifacts",
        ".vs",
        ".idea",
        ".run",
        "bin",
        "obj",
        "runs",
        "TestResults",
    ];

    public static string Top { get; } = FindTop(AppContext.BaseDirectory);

    /// <summary>Every file with that ending, in ordinal order; at least one, so that no rule is vacuous.</summary>
    public static IReadOnlyList<string> Files(string ending)
    {
        List<string> files = [];
        Collect(Top, ending, files);
        files.Sort(StringComparer.Ordinal);
        return files.Count > 0
            ? files
            : throw new FileNotFoundException($"no {ending} file below the top");
    }

    public static IEnumerable<string> SourceFiles(string ending) =>
        Files(ending).Where(file => file.StartsWith("src/", StringComparison.Ordinal));

    /// <summary>
    /// It is of a project as others have it, outside of the solution: what a template makes, and the sample that has the
    /// packages only.
    /// </summary>
    public static bool IsOfStrangers(string file) =>
        file.StartsWith("tests/Sample/", StringComparison.Ordinal)
        || file.StartsWith("src/PvTimer.Templates/content/", StringComparison.Ordinal);

    /// <summary>Every file but the recordings, which are compressed.</summary>
    public static IEnumerable<string> TextFiles() =>
        Files("").Where(file => !file.EndsWith(".gz", StringComparison.Ordinal));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Top, file));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Top, file));

    private static void Collect(string folder, string ending, List<string> files)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            if (file.EndsWith(ending, StringComparison.Ordinal))
            {
                files.Add(Path.GetRelativePath(Top, file).Replace('\\', '/'));
            }
        }
        foreach (string inner in Directory.EnumerateDirectories(folder))
        {
            if (!NotOurs.Contains(Path.GetFileName(inner), StringComparer.Ordinal))
            {
                Collect(inner, ending, files);
            }
        }
    }

    private static string FindTop(string from)
    {
        DirectoryInfo? folder = new(from);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "global.json")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName
            ?? throw new DirectoryNotFoundException($"no global.json above {from}");
    }
}
