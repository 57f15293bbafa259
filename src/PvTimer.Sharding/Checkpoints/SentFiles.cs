using System;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>
/// What the coordinator's node sends to those that lack it, and what it is sent itself: inputs of runs and parts of
/// checkpoints.
/// </summary>
/// <param name="inputs">What runs are made from.</param>
internal sealed class SentFiles(IRunInputs inputs)
{
    /// <summary>The part that was read last.</summary>
    private (string Sha256, byte[] Bytes)? _part;

    /// <summary>Inputs are sent in parcels of so many bytes.</summary>
    public int ParcelBytes { get; init; } = InputParcel.MaxContentBytes;

    /// <summary>Parts of checkpoints, likewise.</summary>
    public int PartBytes { get; init; } = PartParcel.MaxContentBytes;

    public DiskAnswer Do(DiskRequest request) =>
        request switch
        {
            DiskRequest.ReadInputs read => ReadInputs(read),
            DiskRequest.TakeInputs take => TakeInputs(take),
            _ => throw new InvalidOperationException($"no way to do {request}"),
        };

    public static DiskAnswer.PartTaken Do(DiskRequest.TakePart take, CheckpointStore store)
    {
        store.Take(take.Part, take.Content);
        return DiskAnswer.PartTaken.Instance;
    }

    /// <summary>The node that asks for one parcel of a part asks for the next one: it is not read again for each.</summary>
    public DiskAnswer.PartRead Do(DiskRequest.ReadPart read, CheckpointStore store)
    {
        if (_part?.Sha256 != read.Part.Sha256)
        {
            _part = (read.Part.Sha256, store.BytesOf(read.Part));
        }
        return new DiskAnswer.PartRead(
            PartParcel.Of(read.Epoch, read.Part.Sha256, _part.Value.Bytes, read.Offset, PartBytes)
        );
    }

    private DiskAnswer.InputsRead ReadInputs(DiskRequest.ReadInputs read)
    {
        byte[] whole = inputs.BytesOf(read.Run.ScenarioFile, read.InputSha256);
        return new DiskAnswer.InputsRead(
            InputParcel.Of(
                read.InputSha256,
                whole,
                Math.Clamp(read.Offset, 0, whole.Length),
                ParcelBytes
            )
        );
    }

    private DiskAnswer.InputsTaken TakeInputs(DiskRequest.TakeInputs take)
    {
        inputs.Take(take.Run.ScenarioFile, take.InputSha256, take.Content);
        return DiskAnswer.InputsTaken.Instance;
    }
}
