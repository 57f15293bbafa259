using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading;
using PvTimer.Engine;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Repetition;

/// <summary>
/// What scenarios came to, in a file that is kept with them: a later version of the emulator, or of the
/// scenarios, is held against it without the earlier one being run again.
/// </summary>
/// <param name="Build">What ran them.</param>
/// <param name="Scenarios">In the order in which they were given.</param>
public sealed record Baseline(string Build, ImmutableArray<BaselineScenario> Scenarios)
{
    /// <summary>The form that this version writes, and the only one it reads.</summary>
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    [JsonPropertyOrder(-1)]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Runs scenarios, and notes what they come to.</summary>
    /// <param name="file">Where it will be kept; scenarios are named by their paths from there.</param>
    /// <param name="scenarios">Scenario files.</param>
    /// <param name="sets">"path=value", for each of them.</param>
    /// <param name="goOn">Asked now and then, with how far a run has come; false stops it.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="ScenarioException">One cannot be used.</exception>
    /// <exception cref="RunFailedException">One broke.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Baseline Of(
        string file,
        IEnumerable<string> scenarios,
        ImmutableArray<string> sets,
        Func<Scenario, TimerBackend, RunProgress, bool> goOn,
        CancellationToken stop
    )
    {
        string folder = FolderOf(file);
        return new Baseline(
            BuildIdentity.Current.ToString(),
            [
                .. scenarios.Select(scenario =>
                    BaselineScenario.Of(
                        Path.GetRelativePath(folder, Path.GetFullPath(scenario)),
                        folder,
                        sets,
                        goOn,
                        stop
                    )
                ),
            ]
        );
    }

    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is something else, or another version's.</exception>
    public static Baseline Read(string file)
    {
        try
        {
            Baseline? read = JsonSerializer.Deserialize<Baseline>(File.ReadAllText(file), Json);
            return read is { Version: CurrentVersion }
                ? read
                : throw new InvalidDataException(
                    $"{file}: version {read?.Version} of a baseline; accepted: version {CurrentVersion}"
                );
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{file}: is no baseline; accepted: the file that pvtimer baseline save wrote",
                e
            );
        }
    }

    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string file) =>
        WholeFile.Write(file, JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>The folder from which a baseline names its scenarios.</summary>
    internal static string FolderOf(string file) =>
        Path.GetDirectoryName(Path.GetFullPath(file)) ?? Path.GetFullPath(file);
}

/// <summary>What one scenario came to.</summary>
/// <param name="Scenario">Its file, from the baseline's folder.</param>
/// <param name="Set">What was set on the command line, "path=value".</param>
/// <param name="Backends">In the scenario's order.</param>
public sealed record BaselineScenario(
    string Scenario,
    ImmutableArray<string> Set,
    ImmutableArray<BaselineBackend> Backends
)
{
    internal static BaselineScenario Of(
        string scenario,
        string folder,
        ImmutableArray<string> sets,
        Func<Scenario, TimerBackend, RunProgress, bool> goOn,
        CancellationToken stop
    )
    {
        Scenario read = ScenarioReader.Read(Path.Combine(folder, scenario), sets);
        ExperimentResult result = Experiment.Run(
            read,
            EngineKind.Sequential,
            1,
            (backend, progress) => goOn(read, backend, progress)
        );
        stop.ThrowIfCancellationRequested();
        return new BaselineScenario(
            scenario,
            sets,
            [
                .. result.Backends.Select(backend => new BaselineBackend(
                    backend.Backend.Name,
                    backend.Outcome.TraceHash,
                    SummaryMetrics
                        .Of(backend, read)
                        .ToImmutableSortedDictionary(
                            metric => metric.Metric,
                            metric => metric.Value,
                            StringComparer.Ordinal
                        )
                )),
            ]
        );
    }
}

/// <param name="Backend">Its name.</param>
/// <param name="TraceHash">Equal for equal events.</param>
/// <param name="Figures">All numbers that a threshold may name; nanoseconds if they are spans.</param>
public sealed record BaselineBackend(
    string Backend,
    string TraceHash,
    ImmutableSortedDictionary<string, decimal> Figures
);
