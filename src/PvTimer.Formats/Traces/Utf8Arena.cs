using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace PvTimer.Formats.Traces;

/// <summary>
/// The bodies of events, one behind the other in pieces of memory that are never copied. Bodies that come
/// again and again ("vector=236") are kept once.
/// </summary>
/// <remarks>
/// A body lies at an address of 32 bits, in steps of four bytes: two bytes of length, then its text. No
/// piece is large enough for the large-object heap, which is rarely tidied up.
/// </remarks>
internal sealed class Utf8Arena
{
    /// <summary>In bytes.</summary>
    private const int PieceSize = 64 * 1024;

    private const int Step = 4;
    private const int StepsInPiece = PieceSize / Step;

    /// <summary>Bodies longer than this hardly come twice.</summary>
    private const int LongestShared = 48;

    /// <summary>So many different ones are looked out for.</summary>
    private const int MostShared = 16 * 1024;

    private readonly List<byte[]> _pieces = [];
    private readonly Dictionary<byte[], uint>.AlternateLookup<ReadOnlySpan<byte>> _shared =
        new Dictionary<byte[], uint>(Utf8Comparer.Instance).GetAlternateLookup<
            ReadOnlySpan<byte>
        >();
    private int _used = PieceSize;

    /// <summary>The text's address. Shorter than a piece, as every line is.</summary>
    /// <param name="text">What to keep.</param>
    /// <param name="alike">It may well be one that is here already.</param>
    public uint Add(ReadOnlySpan<byte> text, bool alike)
    {
        bool shared = alike && text.Length <= LongestShared;
        if (shared && _shared.TryGetValue(text, out uint known))
        {
            return known;
        }
        uint address = Append(text);
        if (shared && _shared.Dictionary.Count < MostShared)
        {
            _shared[text] = address;
        }
        return address;
    }

    public ReadOnlyMemory<byte> this[uint address]
    {
        get
        {
            byte[] piece = _pieces[(int)(address / StepsInPiece)];
            int at = (int)(address % StepsInPiece) * Step;
            return piece.AsMemory(
                at + sizeof(ushort),
                BinaryPrimitives.ReadUInt16LittleEndian(piece.AsSpan(at))
            );
        }
    }

    private uint Append(ReadOnlySpan<byte> text)
    {
        int length = text.Length + sizeof(ushort);
        if (_used + length > PieceSize)
        {
            _pieces.Add(new byte[PieceSize]);
            _used = 0;
        }
        int at = _used;
        Span<byte> room = _pieces[^1].AsSpan(at);
        BinaryPrimitives.WriteUInt16LittleEndian(room, (ushort)text.Length);
        text.CopyTo(room[sizeof(ushort)..]);
        _used = (at + length + Step - 1) / Step * Step;
        return ((uint)(_pieces.Count - 1) * StepsInPiece) + (uint)(at / Step);
    }
}
