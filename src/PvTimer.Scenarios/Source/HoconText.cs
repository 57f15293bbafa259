using System;
using System.Collections.Generic;
using System.IO;

namespace PvTimer.Scenarios.Source;

/// <summary>One file of HOCON, with the files it includes.</summary>
/// <param name="File">Its path, as messages name it.</param>
/// <param name="Text">What it says.</param>
/// <param name="Inputs">Absolute paths of all files read so far, in the order they were first read.</param>
internal sealed record HoconText(string File, string Text, List<string> Inputs)
{
    private const int DeepestInclude = 16;

    private int Depth { get; init; }

    /// <summary>False for what an option of the command line says: there is no line to name.</summary>
    public bool HasLines { get; init; } = true;

    /// <param name="file">Its path.</param>
    /// <param name="content">What it says, without being read from the disk.</param>
    /// <param name="inputs">See <see cref="Inputs"/>.</param>
    public static HoconText Of(string file, Stream content, List<string> inputs)
    {
        using StreamReader reader = new(content);
        inputs.Add(Path.GetFullPath(file));
        return new HoconText(file, reader.ReadToEnd().ReplaceLineEndings("\n"), inputs);
    }

    /// <exception cref="ScenarioException">The file cannot be read.</exception>
    public static HoconText Read(
        string file,
        List<string> inputs,
        SourcePosition askedAt,
        string key
    )
    {
        try
        {
            if (new FileInfo(file) is { Exists: true, Length: > SafeHocon.MostCharacters } large)
            {
                throw new ScenarioException(
                    askedAt,
                    key,
                    $"'{file}' has {large.Length} bytes",
                    $"at most {SafeHocon.MostCharacters}"
                );
            }
            string text = System.IO.File.ReadAllText(file).ReplaceLineEndings("\n");
            string full = Path.GetFullPath(file);
            if (!inputs.Contains(full))
            {
                inputs.Add(full);
            }
            return new HoconText(file, text, inputs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string what =
                System.IO.File.Exists(file) || Directory.Exists(file)
                    ? $"cannot read '{file}'"
                    : $"no such file: '{file}'";
            throw new ScenarioException(askedAt, key, what, "a readable HOCON file");
        }
    }

    /// <summary>The text of an included file, whose name is relative to this one.</summary>
    public HoconText Include(string name, SourcePosition askedAt)
    {
        if (Depth >= DeepestInclude)
        {
            throw new ScenarioException(
                askedAt,
                "include",
                "includes go round in a circle",
                "files that do not include each other"
            );
        }
        string beside = Path.Combine(Path.GetDirectoryName(File) ?? "", name);
        return Read(beside, Inputs, askedAt, "include") with { Depth = Depth + 1 };
    }
}
