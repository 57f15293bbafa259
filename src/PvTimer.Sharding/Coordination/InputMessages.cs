using System;
using System.Runtime.Serialization;
using System.Text;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Security;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Coordination;

/// <summary>
/// What a formation's machine is made from is lacking here: send the next part. A node says it to the coordinator,
/// a new coordinator to the nodes of the formation that it takes over. Answered with <see cref="InputParcel"/>.
/// </summary>
/// <param name="Epoch">The formation.</param>
/// <param name="Node">The node that asks, or is asked; empty: the run's client asks, when the run is over.</param>
/// <param name="Offset">How many bytes have arrived.</param>
internal sealed record AskInputs(long Epoch, string Node, int Offset) : IFormationMessage;

/// <summary>
/// A part of what a run is made from, its scenario and recordings, on its way to whom it was asked by. Only the next
/// part is ever asked for.
/// </summary>
/// <param name="InputSha256">Of the whole; see <see cref="InputHash"/>.</param>
/// <param name="Total">Bytes of the whole.</param>
/// <param name="Offset">Where this part begins.</param>
/// <param name="Content">The part.</param>
/// <param name="Run">The run, if it is its client that sends them; answered with its status then. Null: a node does.</param>
internal sealed record InputParcel(
    string InputSha256,
    int Total,
    int Offset,
    ReadOnlyMemory<byte> Content,
    string? Run = null
) : IWireMessage
{
    /// <summary>No part is larger: well below the transport's largest frame.</summary>
    public const int MaxContentBytes = 1_000_000;

    private const int HashBytes = 64;
    private const int HeaderBytes = HashBytes + 12;

    /// <summary>A part of the whole.</summary>
    public static InputParcel Of(
        string inputSha256,
        ReadOnlyMemory<byte> whole,
        int offset,
        int largest = MaxContentBytes
    ) =>
        new(
            inputSha256,
            whole.Length,
            offset,
            whole.Slice(offset, Math.Min(largest, whole.Length - offset))
        );

    public byte[] ToBytes()
    {
        byte[] run = Encoding.UTF8.GetBytes(Run ?? "");
        byte[] bytes = new byte[HeaderBytes + run.Length + Content.Length];
        Encoding.ASCII.GetBytes(InputSha256, bytes);
        BitConverter.TryWriteBytes(bytes.AsSpan(HashBytes), Total);
        BitConverter.TryWriteBytes(bytes.AsSpan(HashBytes + 4), Offset);
        BitConverter.TryWriteBytes(bytes.AsSpan(HashBytes + 8), run.Length);
        run.CopyTo(bytes.AsSpan(HeaderBytes));
        Content.Span.CopyTo(bytes.AsSpan(HeaderBytes + run.Length));
        return bytes;
    }

    /// <exception cref="SerializationException">Not a parcel.</exception>
    public static InputParcel FromBytes(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        string hash =
            bytes.Length < HeaderBytes ? "" : Encoding.ASCII.GetString(bytes, 0, HashBytes);
        int runBytes = hash.Length == 0 ? -1 : BitConverter.ToInt32(bytes, HashBytes + 8);
        return FileHash.IsOne(hash) && runBytes >= 0 && runBytes <= bytes.Length - HeaderBytes
            ? new InputParcel(
                hash,
                BitConverter.ToInt32(bytes, HashBytes),
                BitConverter.ToInt32(bytes, HashBytes + 4),
                bytes.AsMemory(HeaderBytes + runBytes),
                runBytes == 0
                    ? null
                    : PlainText.OneLine(Encoding.UTF8.GetString(bytes, HeaderBytes, runBytes))
            )
            : throw new SerializationException($"a parcel of inputs of {bytes.Length} bytes");
    }
}

/// <summary>The next part of what a run is made from is awaited of its client.</summary>
/// <param name="InputSha256">Of the whole.</param>
/// <param name="Offset">How many bytes have arrived.</param>
public sealed record WantedInputs(string InputSha256, int Offset);
