using System;
using System.IO;

namespace PvTimer.OpsConsole.Tests;

/// <summary>A text that is kept in the repository, and compared line by line; UPDATE_GOLDEN=1 rewrites it.</summary>
internal static class GoldenText
{
    private static readonly bool s_rewrites =
        Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    public static void AssertHolds(string name, string actual)
    {
        string file = LiveConsole.Repository($"tests/PvTimer.OpsConsole.Tests/Golden/{name}");
        if (s_rewrites)
        {
            File.WriteAllText(file, actual + "\n");
        }
        string[] expected = File.ReadAllLines(file);
        string[] lines = actual.Split('\n');
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
}
