using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>Parts of a checkpoint that are lacking, one after the other, as their bytes arrive.</summary>
internal sealed class PartParcels(ImmutableArray<CheckpointPart> lacking)
{
    /// <summary>No larger part is sent: it takes memory on both sides.</summary>
    public const int MostBytes = 1_000_000_000;

    private readonly Queue<CheckpointPart> _lacking = new(lacking);
    private readonly List<ReadOnlyMemory<byte>> _content = [];

    /// <summary>The part that arrives now; null: none is lacking any more.</summary>
    public CheckpointPart? Current => _lacking.TryPeek(out CheckpointPart? part) ? part : null;

    /// <summary>How many bytes of it have arrived.</summary>
    public int Arrived { get; private set; }

    /// <summary>What cannot be sent at all, on one line; null: nothing.</summary>
    public string? Obstacle =>
        _lacking.FirstOrDefault(part => part.Bytes is < 1 or > MostBytes) is { } part
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{part.File} of {part.Bytes} bytes; accepted: up to {MostBytes}, or a directory that the nodes share"
            )
            : null;

    /// <summary>
    /// Takes the next bytes. Those that have come before, or are of something else, change nothing; whether they are
    /// what was written is seen by their hash when all are there.
    /// </summary>
    /// <returns>All bytes of the part, if these were its last; else null.</returns>
    public byte[]? Add(PartParcel parcel)
    {
        if (
            Current is not { } part
            || parcel.Sha256 != part.Sha256
            || parcel.Offset != Arrived
            || parcel.Total != part.Bytes
            || parcel.Content.IsEmpty
            || parcel.Content.Length > part.Bytes - Arrived
        )
        {
            return null;
        }
        _content.Add(parcel.Content);
        Arrived += parcel.Content.Length;
        return Arrived == part.Bytes ? PartedBytes.Join(_content) : null;
    }

    /// <summary>
    /// The part is in its place: the next one is asked for. It may have come by an earlier request while it was arriving
    /// once more.
    /// </summary>
    public void Next()
    {
        _lacking.Dequeue();
        _content.Clear();
        Arrived = 0;
    }
}
