using System;

namespace PvTimer.Model.Events;

/// <summary>
/// A running 64-bit digest of what happened to one entity, order included. Each word is folded in by a
/// 64x64->128 bit multiplication (the mixing step of wyhash, public domain). Not cryptographic: it finds
/// differences between runs, it does not resist an attacker. The same on every platform.
/// </summary>
public struct TraceDigest
{
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;
    private const ulong Whitening = 0xD6E8_FEB8_6659_FD93;

    /// <param name="value">Goes on from what <see cref="Value"/> was.</param>
    public TraceDigest(ulong value) => Value = value;

    public ulong Value { get; private set; }

    public void Add(long word) => Add(unchecked((ulong)word)); // reason: same 64 bits

    public void Add(ulong word)
    {
        ulong high = Math.BigMul(Value ^ Whitening, word ^ Multiplier, out ulong low);
        // Rotating keeps a product of zero from erasing what came before.
        Value = unchecked(high ^ low ^ ((Value << 23) | (Value >> 41))); // reason: hash arithmetic wraps
    }
}
