using System;
using System.Collections.Generic;
using System.Globalization;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>Puts the parts of frozen cells together as they arrive.</summary>
internal sealed class NodeParcels
{
    /// <summary>No cell is larger: a peer's word alone must not make this node reserve any memory it likes.</summary>
    public const int MostCellBytes = 1_000_000_000;

    /// <summary>Of cells that are not whole yet no more bytes are kept, all together.</summary>
    public const long MostBegunBytes = 2_000_000_000;

    private readonly Dictionary<string, Begun> _begun = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>Of a cell only what has arrived takes memory: its size is a peer's word.</summary>
    private sealed record Begun(int Total)
    {
        public List<ReadOnlyMemory<byte>> Parts { get; } = [];

        public int Arrived { get; set; }
    }

    /// <summary>Takes the next part of a cell.</summary>
    /// <param name="parcel">The part.</param>
    /// <param name="whole">The whole state of the cell if this was its last part, else null.</param>
    /// <returns>Null, or on one line why it is not the next part.</returns>
    public string? Add(CellParcel parcel, out byte[]? whole)
    {
        whole = null;
        Begun soFar = _begun.GetValueOrDefault(parcel.Cell) ?? new Begun(parcel.Total);
        if (parcel.Total is < 1 or > MostCellBytes)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"cell {parcel.Cell} of {parcel.Total} bytes; accepted: 1 to {MostCellBytes}"
            );
        }
        bool isNext =
            parcel.Offset == soFar.Arrived
            && parcel.Total == soFar.Total
            && parcel.Content.Length <= parcel.Total - parcel.Offset;
        if (!isNext)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"of cell {parcel.Cell} byte {parcel.Offset} came after byte {soFar.Arrived}"
            );
        }
        if (_bytes + parcel.Content.Length > MostBegunBytes)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"cell {parcel.Cell}: more than {MostBegunBytes} bytes of cells that are not whole"
            );
        }
        soFar.Parts.Add(parcel.Content);
        soFar.Arrived += parcel.Content.Length;
        _begun[parcel.Cell] = soFar;
        _bytes += parcel.Content.Length;
        if (soFar.Arrived == soFar.Total)
        {
            _begun.Remove(parcel.Cell);
            _bytes -= soFar.Total;
            whole = PartedBytes.Join(soFar.Parts);
        }
        return null;
    }
}
