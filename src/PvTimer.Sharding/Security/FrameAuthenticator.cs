using System;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PvTimer.Sharding.Security;

/// <summary>
/// Authenticates one direction of one connection: each frame carries an HMAC-SHA256 of its number and its
/// content, cut to 16 bytes. What is forged, changed, repeated, left out or out of order does not match.
/// </summary>
/// <param name="key">Of this direction.</param>
internal sealed class FrameAuthenticator(byte[] key) : IDisposable
{
    /// <summary>What it adds to each frame, in front.</summary>
    public const int TagBytes = 16;

    private readonly IncrementalHash _hmac = IncrementalHash.CreateHMAC(
        HashAlgorithmName.SHA256,
        key
    );

    private readonly byte[] _digest = new byte[SHA256.HashSizeInBytes];
    private ulong _number;

    /// <summary>The content with its tag in front. It counts only once <see cref="Advance"/> is called.</summary>
    public byte[] Seal(ReadOnlySpan<byte> content)
    {
        byte[] framed = new byte[TagBytes + content.Length];
        content.CopyTo(framed.AsSpan(TagBytes));
        Digest(content)[..TagBytes].CopyTo(framed);
        return framed;
    }

    /// <summary>Whether a frame is the next one of the other end; then it counts.</summary>
    public bool Opens(ReadOnlySpan<byte> framed)
    {
        bool isNext =
            framed.Length >= TagBytes
            && CryptographicOperations.FixedTimeEquals(
                framed[..TagBytes],
                Digest(framed[TagBytes..])[..TagBytes]
            );
        _number += isNext ? 1ul : 0;
        return isNext;
    }

    /// <summary>The frame that was sealed is on its way.</summary>
    public void Advance() => _number++;

    public void Dispose() => _hmac.Dispose();

    private ReadOnlySpan<byte> Digest(ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, _number);
        _hmac.AppendData(number);
        _hmac.AppendData(content);
        _hmac.GetHashAndReset(_digest);
        return _digest;
    }
}
