using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Repetition;

/// <summary>A run that has been written, as its manifest.json describes it.</summary>
/// <param name="Directory">Its run directory.</param>
/// <param name="ScenarioName">As its scenario calls itself.</param>
/// <param name="Build">"0.1.0 (0123456789)": what ran it.</param>
/// <param name="Engine">What ran it.</param>
/// <param name="Regions">Kernels side by side, at least 1.</param>
/// <param name="Interrupted">Not all of its back-ends were finished.</param>
/// <param name="ScenarioSha256">Of scenario.conf; null: written by a version that did not say it.</param>
/// <param name="Inputs">The files that the scenario reads.</param>
/// <param name="TraceHashes">One for each finished back-end, in the order of the run.</param>
public sealed record FinishedRun(
    string Directory,
    string ScenarioName,
    string Build,
    EngineKind Engine,
    int Regions,
    bool Interrupted,
    string? ScenarioSha256,
    ImmutableArray<FinishedInput> Inputs,
    ImmutableArray<FinishedHash> TraceHashes
)
{
    /// <summary>Its resolved scenario.</summary>
    public string ScenarioFile => Path.Combine(Directory, RunDirectory.ScenarioName);

    /// <summary>Whether a path is a run directory, or the manifest.json of one.</summary>
    public static bool IsAt(string path) => File.Exists(ManifestOf(path));

    /// <param name="path">A run directory, or its manifest.json.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no manifest of a run.</exception>
    public static FinishedRun Read(string path)
    {
        string file = ManifestOf(path);
        if (!File.Exists(file))
        {
            throw new FileNotFoundException(
                $"{path}: holds no finished run; accepted: a run directory, or its {RunDirectory.ManifestName}"
            );
        }
        try
        {
            JsonNode manifest =
                JsonNode.Parse(File.ReadAllText(file)) ?? throw new JsonException("it is null");
            return Of(Path.GetDirectoryName(Path.GetFullPath(file))!, manifest);
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException(
                $"{file}: is no manifest of a run ({e.Message.TrimEnd('.')}); accepted: the file that pvtimer run wrote",
                e
            );
        }
    }

    /// <exception cref="ScenarioException">It cannot be used any more.</exception>
    public Scenario ReadScenario() => ScenarioReader.Read(ScenarioFile, []);

    /// <summary>What is not as it was when it ran, one line each; it need not change the result.</summary>
    public ImmutableArray<string> Differences()
    {
        ImmutableArray<string>.Builder lines = ImmutableArray.CreateBuilder<string>();
        string now = BuildIdentity.Current.ToString();
        if (now != Build)
        {
            lines.Add($"version: {Build} then, {now} now");
        }
        Compare(lines, "scenario", ScenarioFile, ScenarioSha256);
        foreach (FinishedInput input in Inputs)
        {
            Compare(lines, "input", input.Path, input.Sha256);
        }
        return lines.DrainToImmutable();
    }

    private static void Compare(
        ImmutableArray<string>.Builder lines,
        string what,
        string path,
        string? then
    )
    {
        if (then is null)
        {
            return;
        }
        if (!File.Exists(path))
        {
            lines.Add($"{what}: {path} is not there any more");
        }
        else if (FileDigest.Of(path) is { } now && now != then)
        {
            lines.Add($"{what}: {path} has changed: sha256 {then[..16]} then, {now[..16]} now");
        }
    }

    private static string ManifestOf(string path) =>
        System.IO.Directory.Exists(path) ? Path.Combine(path, RunDirectory.ManifestName) : path;

    private static FinishedRun Of(string directory, JsonNode manifest) =>
        new(
            directory,
            Text(manifest, "scenario_name"),
            BuildIdentity.Name(
                Text(manifest, "version"),
                Text(manifest, "commit"),
                manifest["dirty"]?.GetValue<bool>()
            ),
            SummaryDocument.EngineOf(Text(manifest, "engine")),
            Child(manifest, "regions").GetValue<int>(),
            Child(manifest, "interrupted").GetValue<bool>(),
            manifest["scenario_sha256"]?.GetValue<string>(),
            [
                .. Child(manifest, "inputs")
                    .AsArray()
                    .Select(input => new FinishedInput(
                        Text(input!, "path"),
                        Text(input!, "sha256")
                    )),
            ],
            [
                .. Child(manifest, "trace_hashes")
                    .AsObject()
                    .Select(pair => new FinishedHash(pair.Key, pair.Value!.GetValue<string>())),
            ]
        );

    private static JsonNode Child(JsonNode of, string key) =>
        of[key] ?? throw new JsonException($"'{key}' is missing");

    private static string Text(JsonNode of, string key) => Child(of, key).GetValue<string>();
}

/// <param name="Path">As the scenario was read.</param>
/// <param name="Sha256">Of its content, in lower-case hexadecimal.</param>
public sealed record FinishedInput(string Path, string Sha256);

/// <param name="Backend">Its name.</param>
/// <param name="Hash">See <see cref="Engine.TraceHash"/>.</param>
public sealed record FinishedHash(string Backend, string Hash);
