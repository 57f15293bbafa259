using System;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PvTimer.Experiments.Sweeps;

/// <summary>
/// Seeds of repetitions. They depend on the scenario's seed and the repetition alone, so that all points and all
/// back-ends of a sweep see the same chance (common random numbers), and differences are paired.
/// </summary>
public static class SweepSeed
{
    /// <summary>
    /// The first 8 bytes, little-endian, of SHA-256("pvtimer seed" · root · repetition), both as 8 bytes,
    /// little-endian.
    /// </summary>
    /// <param name="root">The scenario's seed.</param>
    /// <param name="repetition">From 1.</param>
    public static ulong Of(ulong root, int repetition)
    {
        ReadOnlySpan<byte> label = "pvtimer seed"u8;
        Span<byte> material = stackalloc byte[label.Length + 16];
        label.CopyTo(material);
        BinaryPrimitives.WriteUInt64LittleEndian(material[label.Length..], root);
        BinaryPrimitives.WriteInt64LittleEndian(material[(label.Length + 8)..], repetition);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(material, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
