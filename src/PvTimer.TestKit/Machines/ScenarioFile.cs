using System;
using System.IO;

namespace PvTimer.TestKit.Machines;

/// <summary>Finds a scenario file from wherever a test runs.</summary>
internal static class ScenarioFile
{
    /// <summary>
    /// The path as it is, or below a folder above the test's assembly: tests run from their output folder, and
    /// scenarios are kept beside the sources.
    /// </summary>
    /// <exception cref="FileNotFoundException">It is in none of them.</exception>
    public static string Find(string file)
    {
        if (File.Exists(file))
        {
            return Path.GetFullPath(file);
        }
        for (
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            folder is not null;
            folder = folder.Parent
        )
        {
            string candidate = Path.Combine(folder.FullName, file);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }
        throw new FileNotFoundException(
            $"there is no scenario {file}, neither in {Environment.CurrentDirectory} nor above {AppContext.BaseDirectory}",
            file
        );
    }
}
