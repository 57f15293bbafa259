using System;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Clients;

/// <summary>What a run is made from, as its client has it: sent to the coordinator if that lacks it.</summary>
/// <param name="run">The run.</param>
internal sealed class OwnInputs(RunSpec run)
{
    private byte[]? _bytes;

    /// <summary>See <see cref="InputHash"/>.</summary>
    public string Sha256 { get; } = InputHash.Of(run.ScenarioFile);

    /// <summary>The part that the coordinator wants next; null: it wants nothing, or what this client has not.</summary>
    /// <exception cref="System.IO.IOException">A file cannot be read, or there is too much to be sent.</exception>
    public InputParcel? NextOf(RunStatus status)
    {
        if (status.Wanted is not { } wanted || wanted.InputSha256 != Sha256)
        {
            return null;
        }
        _bytes ??= InputBundle.Read(run.ScenarioFile).Bytes;
        int offset = Math.Clamp(wanted.Offset, 0, _bytes.Length);
        return InputParcel.Of(Sha256, _bytes, offset) with { Run = run.Id };
    }
}
