using System;
using System.Collections.Generic;

namespace PvTimer.Sharding.Nodes;

/// <summary>Puts the parts of frozen cells together as they arrive.</summary>
internal sealed class ParcelBox
{
    private readonly Dictionary<string, (byte[] Whole, int Arrived)> _begun = new(
        StringComparer.Ordinal
    );

    /// <summary>The whole state of a cell when its last part has come; null until then.</summary>
    /// <exception cref="InvalidOperationException">A part is missing before this one.</exception>
    public byte[]? Add(CellParcel parcel)
    {
        (byte[] whole, int arrived) = _begun.GetValueOrDefault(
            parcel.Cell,
            (new byte[parcel.Offset == 0 ? parcel.Total : 0], 0)
        );
        if (parcel.Offset != arrived || parcel.Total != whole.Length)
        {
            throw new InvalidOperationException(
                $"of cell {parcel.Cell} byte {parcel.Offset} came after byte {arrived}"
            );
        }
        parcel.Content.CopyTo(whole.AsMemory(arrived));
        arrived += parcel.Content.Length;
        if (arrived == whole.Length)
        {
            _begun.Remove(parcel.Cell);
            return whole;
        }
        _begun[parcel.Cell] = (whole, arrived);
        return null;
    }
}
