using System;
using System.IO;

namespace PvTimer.Scenarios.Tests;

/// <summary>Where the sources are that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution: tests run somewhere below it.</summary>
    public static string Top { get; } = Find();

    private static string Find()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PvTimer.Actors.sln")))
        {
            folder =
                folder.Parent
                ?? throw new DirectoryNotFoundException(
                    $"no solution above {AppContext.BaseDirectory}"
                );
        }
        return folder.FullName;
    }
}
