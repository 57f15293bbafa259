using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Experiments;

/// <summary>
/// run.json: what is run here, from the first moment of a run on a cluster to its end, or since a run in one
/// process was interrupted. While it is there the run is not finished, and can be resumed.
/// </summary>
public sealed record RunRecord
{
    public const string Name = "run.json";

    /// <summary>The form that this version writes, and the only one it reads.</summary>
    public const int CurrentVersion = 3;

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
    };

    public int Version { get; init; } = CurrentVersion;

    /// <summary>When it began, with its offset from UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>Processes to run it on, at least 1, the one that looks after a cluster not counted.</summary>
    public required int Nodes { get; init; }

    /// <summary>Regions of each process, at least 1.</summary>
    public required int Regions { get; init; }

    /// <summary>Wall time between two checkpoints, in milliseconds; 0: none but the last.</summary>
    public required int CheckpointMilliseconds { get; init; }

    /// <summary>Who runs it, or ran it last.</summary>
    public required ProcessMark Process { get; init; }

    /// <summary>What the cluster knows the run of each back-end by.</summary>
    public required ImmutableDictionary<string, string> RunIds { get; init; }

    /// <summary>What each back-end's run was called when it began, see <see cref="RunSpec.FirstId"/>.</summary>
    public ImmutableDictionary<string, string> FirstIds { get; init; } =
        ImmutableDictionary<string, string>.Empty;

    /// <summary>
    /// Hashes of what checkpoints/scenario.conf may hold, the last one if nothing has ended the process meanwhile: what
    /// is commanded while a back-end runs changes it.
    /// </summary>
    public ImmutableArray<string> ScenarioSha256 { get; init; } = [];

    /// <summary>Wall time that each back-end has taken so far, in seconds.</summary>
    public ImmutableDictionary<string, double> WallSeconds { get; init; } =
        ImmutableDictionary<string, double>.Empty;

    /// <summary>What runs it in one process; null: nodes of a cluster run it.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<EngineKind>))]
    public EngineKind? Engine { get; init; }

    /// <summary>The process that runs it is alive, as far as can be known from this machine.</summary>
    [JsonIgnore]
    public bool IsBeingRun => Process != ProcessMark.Own && Process.IsAliveHere;

    /// <summary>It says what a back-end's run is called.</summary>
    public bool Names(string backend) =>
        RunIds.ContainsKey(backend) && FirstIds.ContainsKey(backend);

    public static bool IsIn(string directory) => File.Exists(Path.Combine(directory, Name));

    /// <summary>Whether a run that was interrupted in one process goes on in one.</summary>
    /// <inheritdoc cref="Read"/>
    public static bool IsOfOneProcess(string directory) =>
        IsIn(directory) && Read(directory).Engine is not null;

    /// <exception cref="IOException">There is none, or it cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is something else, or from another version.</exception>
    public static RunRecord Read(string directory)
    {
        string path = Path.Combine(directory, Name);
        try
        {
            RunRecord? read = JsonSerializer.Deserialize<RunRecord>(File.ReadAllText(path), Json);
            return read is { Version: CurrentVersion }
                ? read
                : throw new InvalidDataException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{path}: version {read?.Version}, of another pvtimer; accepted: version {CurrentVersion}, or another folder"
                    )
                );
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{path}: no record of a run; accepted: the file that pvtimer run wrote",
                e
            );
        }
    }

    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string directory) =>
        RunDirectory.Save(directory, Name, JsonSerializer.Serialize(this, Json) + "\n");
}
