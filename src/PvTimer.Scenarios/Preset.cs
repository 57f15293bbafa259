using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using PvTimer.Scenarios.Reading;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios;

/// <summary>
/// A scenario that comes with the program, as a file beside it with the recordings that it names: the command line
/// takes its name from any folder.
/// </summary>
/// <param name="Name">Of its file in config/scenarios, without the ending: "quickstart", "experts/05-shoot-out".</param>
/// <param name="File">Its absolute path.</param>
public sealed record Preset(string Name, string File)
{
    private const string Suffix = ".conf";
    private const string Repository = "config/scenarios/";

    private static readonly string Folder = Path.Combine(
        AppContext.BaseDirectory,
        "config",
        "scenarios"
    );

    /// <summary>In alphabetical order, those of the top folder first; none for a program without such files.</summary>
    public static ImmutableArray<Preset> All { get; } = [.. Files()];

    /// <summary>What it is to answer; null if it does not say.</summary>
    /// <exception cref="ScenarioException">The file cannot be read.</exception>
    public string? ReadQuestion()
    {
        List<string> inputs = [];
        SourceObject root = SourceTree.Read(File, inputs, SourcePosition.CommandLineOf(File), "");
        return MatrixReader.Question(new Settings(root).Section("scenario"));
    }

    /// <summary>The scenario file that the command line means.</summary>
    /// <param name="named">
    /// A file, or else the <see cref="Name"/> of a preset; its path in the repository will do as well.
    /// </param>
    /// <returns>The preset's file, or what was given if it is a path.</returns>
    /// <exception cref="ScenarioException">It is no path, and no preset has that name.</exception>
    public static string FileOf(string named)
    {
        ArgumentNullException.ThrowIfNull(named);
        if (System.IO.File.Exists(named))
        {
            return named;
        }
        string name = named.StartsWith(Repository, StringComparison.Ordinal)
            ? named[Repository.Length..]
            : named;
        name = name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;
        if (All.FirstOrDefault(preset => preset.Name == name) is { } preset)
        {
            return preset.File;
        }
        if (named.EndsWith(Suffix, StringComparison.Ordinal) || All.IsEmpty)
        {
            return named;
        }
        throw new ScenarioException(
            SourcePosition.CommandLineOf(named),
            "",
            "is no file, and no scenario that comes with pvtimer",
            $"a scenario file, or a name that pvtimer scenarios prints, such as {NearestKey.Of(name, All.Select(each => each.Name))}"
        );
    }

    private static IEnumerable<Preset> Files() =>
        !Directory.Exists(Folder)
            ? []
            : Directory
                .EnumerateFiles(Folder, $"*{Suffix}", SearchOption.AllDirectories)
                .Select(file => new Preset(
                    Path.GetRelativePath(Folder, file)[..^Suffix.Length].Replace('\\', '/'),
                    file
                ))
                .OrderBy(preset => preset.Name.Contains('/', StringComparison.Ordinal))
                .ThenBy(preset => preset.Name, StringComparer.Ordinal);
}
