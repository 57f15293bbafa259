using System;
using System.IO;

namespace PvTimer.Model.Tests.Timelines;

/// <summary>A text that is kept in the repository, and compared line by line; UPDATE_GOLDEN=1 rewrites it.</summary>
internal static class GoldenFile
{
    private const string Folder = "tests/PvTimer.Model.Tests/Golden";

    private static readonly bool s_rewrites =
        Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    public static void AssertHolds(string name, string actual)
    {
        string file = Path.Combine(Top(), Folder, name);
        if (s_rewrites)
        {
            File.WriteAllText(file, actual);
        }
        string[] expected = File.ReadAllLines(file);
        string[] lines = actual.TrimEnd('\n').Split('\n');
        for (int i = 0; i < Math.Max(expected.Length, lines.Length); i++)
        {
            string wanted = i < expected.Length ? expected[i] : "(nothing)";
            string found = i < lines.Length ? lines[i] : "(nothing)";
            Assert.True(
                wanted == found,
                $"{name}:{i + 1}:\n  expected {wanted}\n  but was  {found}"
            );
        }
    }

    private static string Top()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "global.json")))
        {
            folder =
                folder.Parent
                ?? throw new DirectoryNotFoundException("no global.json above the tests");
        }
        return folder.FullName;
    }
}
