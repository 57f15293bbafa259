using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;

namespace PvTimer.Scenarios;

/// <summary>
/// The scenarios that are part of the program: the files of config/scenarios/validation and config/scenarios/flaws as
/// they were when it was built. Their costs are the shipped ones, whatever profiles lie in the working folder.
/// </summary>
public static class ShippedScenarios
{
    /// <summary>Below a file there is nothing: no file can lie beside a shipped scenario.</summary>
    private const string Nowhere = "/dev/null";

    private const string Suffix = ".conf";

    private static readonly Assembly Own = typeof(ShippedScenarios).Assembly;

    /// <summary>The names of those in a folder, as <see cref="Read"/> takes them, in alphabetical order.</summary>
    /// <param name="folder">"validation" or "flaws".</param>
    public static ImmutableArray<string> In(string folder) =>
        [
            .. Own.GetManifestResourceNames()
                .Where(name => name.StartsWith($"{folder}/", StringComparison.Ordinal))
                .Select(name => name[..^Suffix.Length])
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Where the repository has the file, for a command that repeats what was run.</summary>
    public static string PathOf(string name) => $"config/scenarios/{name}{Suffix}";

    /// <param name="name">Folder and name: "flaws/02-stale-armed-timer".</param>
    /// <param name="sets">Each "path=value".</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    /// <exception cref="ScenarioException">An override cannot be used.</exception>
    public static Scenario Read(string name, IReadOnlyList<string> sets)
    {
        using Stream? stream = Own.GetManifestResourceStream(name + Suffix);
        if (stream is null)
        {
            throw new ArgumentException($"no scenario '{name}' is shipped", nameof(name));
        }
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        string file = $"{Nowhere}/{name}{Suffix}";
        return ScenarioReader.Read(
            file,
            sets,
            new HeldFiles(
                ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty.Add(file, content)
            )
        );
    }
}
