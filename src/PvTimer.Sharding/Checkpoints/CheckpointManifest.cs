using System.Collections.Immutable;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>
/// What makes the files of a checkpoint one: written last, by the coordinator, when all of them are on disk.
/// </summary>
/// <param name="Version">Of this form.</param>
/// <param name="Run">What was being run, commands that came meanwhile included.</param>
/// <param name="InputSha256">Of the scenario that Run names and of its recordings, see <see cref="InputHash"/>.</param>
/// <param name="Epoch">The formation that wrote it.</param>
/// <param name="Round">The round after which it was taken.</param>
/// <param name="ReachedNanoseconds">Everything before this virtual time has happened, nothing after.</param>
/// <param name="Done">It is the machine's end: there is nothing left to run.</param>
/// <param name="Parts">One file of each node.</param>
/// <param name="History">What happened to the run so far, a line each.</param>
public sealed record CheckpointManifest(
    int Version,
    RunSpec Run,
    string InputSha256,
    long Epoch,
    long Round,
    long ReachedNanoseconds,
    bool Done,
    ImmutableArray<CheckpointPart> Parts,
    ImmutableArray<string> History
)
{
    /// <summary>The form that this version writes, and the only one it reads.</summary>
    public const int CurrentVersion = 16;

    /// <summary>
    /// Over all the rest, lower-case hexadecimal; empty until it is written. It protects against damage and against
    /// files that do not belong together, not against someone who can write the directory: who edits a manifest
    /// on purpose can compute it anew.
    /// </summary>
    public string Sha256 { get; init; } = "";
}
