using System;
using System.Collections.Generic;
using System.Globalization;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>Puts the parts of what a run is made from together as they arrive.</summary>
/// <param name="sha256">Of the whole.</param>
internal sealed class InputParcels(string sha256)
{
    /// <summary>No run is made from more, unless every node has it on a disk of its own.</summary>
    public const int MostBytes = 256_000_000;

    private readonly List<ReadOnlyMemory<byte>> _parts = [];
    private int _total;

    public string Sha256 => sha256;

    /// <summary>Only what has arrived takes memory: the size of the whole is a peer's word.</summary>
    public int Arrived { get; private set; }

    /// <summary>Takes the next part; one that has come before, or is of something else, changes nothing.</summary>
    /// <param name="parcel">The part.</param>
    /// <param name="whole">All of it if this was the last part, else null.</param>
    /// <returns>Null, or on one line why it is not taken at all.</returns>
    public string? Add(InputParcel parcel, out byte[]? whole)
    {
        whole = null;
        if (parcel.InputSha256 != sha256 || parcel.Offset != Arrived)
        {
            return null;
        }
        if (parcel.Total is < 1 or > MostBytes)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"inputs of {parcel.Total} bytes; accepted: 1 to {MostBytes}, or the files themselves on every node"
            );
        }
        if (
            parcel.Content.IsEmpty
            || (Arrived > 0 && parcel.Total != _total)
            || parcel.Content.Length > parcel.Total - Arrived
        )
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"of inputs of {parcel.Total} bytes {parcel.Content.Length} came after {Arrived}"
            );
        }
        _parts.Add(parcel.Content);
        _total = parcel.Total;
        Arrived += parcel.Content.Length;
        if (Arrived == _total)
        {
            whole = PartedBytes.Join(_parts);
            _parts.Clear();
        }
        return null;
    }
}
