using System;
using System.Runtime.Serialization;
using System.Text;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Nodes;

/// <summary>Brings a cell to life where its shard belongs; says nothing else.</summary>
/// <param name="Block">The shard's id, see <see cref="Placement.PlacementBlocks"/>.</param>
/// <param name="Cell">The entity's id.</param>
internal sealed record CellEnvelope(string Block, string Cell) : IWireMessage;

/// <summary>Sharding's hand-off: the cell leaves this node. Its state has been frozen at the barrier.</summary>
internal sealed record FreezeCell
{
    public static FreezeCell Instance { get; } = new();
}

/// <summary>
/// A part of a frozen cell on its way to its new node. Parts of one cell arrive in order.
/// </summary>
/// <param name="Epoch">The formation that is to thaw it.</param>
/// <param name="Cell">Which.</param>
/// <param name="Total">Bytes of the whole cell.</param>
/// <param name="Offset">Where this part begins.</param>
/// <param name="Content">The part.</param>
internal sealed record CellParcel(
    long Epoch,
    string Cell,
    int Total,
    int Offset,
    ReadOnlyMemory<byte> Content
) : IFormationMessage
{
    /// <summary>Cells are cut here: well below the transport's largest frame.</summary>
    public const int MaxContentBytes = 1_000_000;

    public byte[] ToBytes()
    {
        byte[] name = Encoding.UTF8.GetBytes(Cell);
        byte[] bytes = new byte[20 + name.Length + Content.Length];
        BitConverter.TryWriteBytes(bytes.AsSpan(0), Epoch);
        BitConverter.TryWriteBytes(bytes.AsSpan(8), Total);
        BitConverter.TryWriteBytes(bytes.AsSpan(12), Offset);
        BitConverter.TryWriteBytes(bytes.AsSpan(16), name.Length);
        name.CopyTo(bytes.AsSpan(20));
        Content.Span.CopyTo(bytes.AsSpan(20 + name.Length));
        return bytes;
    }

    /// <exception cref="SerializationException">Not a parcel.</exception>
    public static CellParcel FromBytes(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        int nameBytes = bytes.Length < 20 ? -1 : BitConverter.ToInt32(bytes, 16);
        return nameBytes < 0 || bytes.Length - 20 < nameBytes
            ? throw new SerializationException($"a cell's parcel of {bytes.Length} bytes")
            : new CellParcel(
                BitConverter.ToInt64(bytes, 0),
                Encoding.UTF8.GetString(bytes, 20, nameBytes),
                BitConverter.ToInt32(bytes, 8),
                BitConverter.ToInt32(bytes, 12),
                bytes.AsMemory(20 + nameBytes)
            );
    }
}
