using System;
using System.Buffers.Binary;
using System.Runtime.Serialization;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Windows;

/// <summary>
/// All that one node has for another at the end of a round, or a part of it: what does not fit into one
/// message of the network is cut into parts, which arrive in order.
/// </summary>
/// <param name="Epoch">The formation it belongs to; one of an older formation is discarded.</param>
/// <param name="Round">The round it closes.</param>
/// <param name="From">The sender's index among the formation's nodes.</param>
/// <param name="Part">Counts the parts of the round's frame, from 0: one that was lost is missed.</param>
/// <param name="IsLast">No part follows it in this round.</param>
/// <param name="Content">Encoded batches, see <see cref="FrameCodec"/>.</param>
internal sealed record WindowFrame(
    long Epoch,
    long Round,
    int From,
    int Part,
    bool IsLast,
    ReadOnlyMemory<byte> Content
) : IWireMessage
{
    private const int HeaderBytes = 8 + 8 + 4 + 4 + 1;

    /// <summary>Content is cut here: well below the transport's largest frame.</summary>
    public const int MaxContentBytes = 1_000_000;

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[HeaderBytes + Content.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), Round);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), From);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), Part);
        bytes[24] = IsLast ? (byte)1 : (byte)0;
        Content.Span.CopyTo(bytes.AsSpan(HeaderBytes));
        return bytes;
    }

    /// <exception cref="SerializationException">Too short to be a frame.</exception>
    public static WindowFrame FromBytes(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return bytes.Length < HeaderBytes
            ? throw new SerializationException($"a window frame of {bytes.Length} bytes")
            : new WindowFrame(
                BinaryPrimitives.ReadInt64LittleEndian(bytes),
                BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)),
                BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16)),
                BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(20)),
                bytes[24] != 0,
                bytes.AsMemory(HeaderBytes)
            );
    }
}
