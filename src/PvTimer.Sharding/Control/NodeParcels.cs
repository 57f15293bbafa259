using System;
using System.Collections.Generic;
using System.Globalization;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Control;

/// <summary>Puts the parts of frozen cells together as they arrive.</summary>
internal sealed class NodeParcels
{
    /// <summary>No cell is larger: a peer's word alone must not make this node reserve any memory it likes.</summary>
    public const int MostCellBytes = 1_000_000_000;

    private readonly Dictionary<string, (byte[] Whole, int Arrived)> _begun = new(
        StringComparer.Ordinal
    );

    /// <summary>Takes the next part of a cell.</summary>
    /// <param name="parcel">The part.</param>
    /// <param name="whole">The whole state of the cell if this was its last part, else null.</param>
    /// <returns>Null, or on one line why it is not the next part.</returns>
    public string? Add(CellParcel parcel, out byte[]? whole)
    {
        whole = null;
        bool isBegun = _begun.TryGetValue(parcel.Cell, out (byte[] Whole, int Arrived) soFar);
        if (parcel.Total is < 1 or > MostCellBytes)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"cell {parcel.Cell} of {parcel.Total} bytes; accepted: 1 to {MostCellBytes}"
            );
        }
        bool isNext =
            parcel.Offset == soFar.Arrived
            && (!isBegun || parcel.Total == soFar.Whole.Length)
            && parcel.Content.Length <= parcel.Total - parcel.Offset;
        if (!isNext)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"of cell {parcel.Cell} byte {parcel.Offset} came after byte {soFar.Arrived}"
            );
        }
        byte[] bytes = isBegun ? soFar.Whole : new byte[parcel.Total];
        parcel.Content.CopyTo(bytes.AsMemory(parcel.Offset));
        int arrived = parcel.Offset + parcel.Content.Length;
        if (arrived < bytes.Length)
        {
            _begun[parcel.Cell] = (bytes, arrived);
            return null;
        }
        _begun.Remove(parcel.Cell);
        whole = bytes;
        return null;
    }
}
