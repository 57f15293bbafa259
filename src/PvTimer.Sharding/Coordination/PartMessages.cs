using System;
using System.Runtime.Serialization;
using System.Text;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Coordination;

/// <summary>
/// A part of a checkpoint is lacking here: send the next bytes of it. The coordinator says it to the node that wrote
/// the part; a node, or the run's client, to the coordinator. Answered with <see cref="PartParcel"/>.
/// </summary>
/// <param name="Epoch">The formation; of a client, that of the checkpoint.</param>
/// <param name="Node">The node that asks, or is asked; null: a client asks.</param>
/// <param name="Part">What is lacking: nothing else is sent, whatever has its name.</param>
/// <param name="Offset">How many bytes have arrived.</param>
internal sealed record AskPart(long Epoch, string? Node, CheckpointPart Part, int Offset)
    : IFormationMessage;

/// <summary>
/// Coordinator to the node that would be the next one: keep this checkpoint as well. What it lacks of it, it asks for.
/// </summary>
/// <param name="Epoch">The formation.</param>
/// <param name="Manifest">The checkpoint.</param>
/// <param name="IsLast">The run is over with it: whoever has kept it knows so, and forgets the formation.</param>
internal sealed record KeepCopy(long Epoch, CheckpointManifest Manifest, bool IsLast)
    : IFormationMessage;

/// <summary>Node to coordinator: that checkpoint is here, too.</summary>
/// <param name="Epoch">Its formation.</param>
/// <param name="Round">Its round.</param>
internal sealed record CopyKept(long Epoch, long Round) : IWireMessage;

/// <summary>Bytes of a part of a checkpoint, on their way to whom they were asked by.</summary>
/// <param name="Epoch">The formation in which they were asked for.</param>
/// <param name="Sha256">Of the whole part.</param>
/// <param name="Total">Bytes of the whole part.</param>
/// <param name="Offset">Where these begin.</param>
/// <param name="Content">The bytes.</param>
internal sealed record PartParcel(
    long Epoch,
    string Sha256,
    int Total,
    int Offset,
    ReadOnlyMemory<byte> Content
) : IFormationMessage
{
    /// <summary>No parcel is larger: well below the transport's largest frame.</summary>
    public const int MaxContentBytes = 1_000_000;

    private const int HashBytes = 64;
    private const int HeaderBytes = HashBytes + 16;

    /// <summary>The bytes of a part from an offset on.</summary>
    public static PartParcel Of(
        long epoch,
        string sha256,
        ReadOnlyMemory<byte> whole,
        int offset,
        int largest = MaxContentBytes
    )
    {
        int from = Math.Clamp(offset, 0, whole.Length);
        return new PartParcel(
            epoch,
            sha256,
            whole.Length,
            from,
            whole.Slice(from, Math.Min(largest, whole.Length - from))
        );
    }

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[HeaderBytes + Content.Length];
        Encoding.ASCII.GetBytes(Sha256, bytes);
        BitConverter.TryWriteBytes(bytes.AsSpan(HashBytes), Epoch);
        BitConverter.TryWriteBytes(bytes.AsSpan(HashBytes + 8), Total);
        BitConverter.TryWriteBytes(bytes.AsSpan(HashBytes + 12), Offset);
        Content.Span.CopyTo(bytes.AsSpan(HeaderBytes));
        return bytes;
    }

    /// <exception cref="SerializationException">Not a parcel.</exception>
    public static PartParcel FromBytes(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        string hash =
            bytes.Length < HeaderBytes ? "" : Encoding.ASCII.GetString(bytes, 0, HashBytes);
        return FileHash.IsOne(hash)
            ? new PartParcel(
                BitConverter.ToInt64(bytes, HashBytes),
                hash,
                BitConverter.ToInt32(bytes, HashBytes + 8),
                BitConverter.ToInt32(bytes, HashBytes + 12),
                bytes.AsMemory(HeaderBytes)
            )
            : throw new SerializationException($"a parcel of a part of {bytes.Length} bytes");
    }
}
