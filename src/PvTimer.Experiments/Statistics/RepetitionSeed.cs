using System;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PvTimer.Experiments.Statistics;

/// <summary>
/// The seeds of repetitions. They follow from the scenario's seed and the repetition alone, so back-ends and
/// points of a matrix that are compared have the same chance in each repetition (common random numbers).
/// </summary>
internal static class RepetitionSeed
{
    private const int WordBytes = sizeof(ulong);

    /// <param name="root">The scenario's seed.</param>
    /// <param name="repetition">From 0, which is the scenario as it stands.</param>
    /// <returns>
    /// For repetition 0 the root; else the first 8 bytes, little-endian, of the SHA-256 of root and repetition, each as
    /// 8 bytes, little-endian.
    /// </returns>
    public static ulong Of(ulong root, int repetition)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(repetition);
        if (repetition == 0)
        {
            return root;
        }
        Span<byte> words = stackalloc byte[2 * WordBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(words, root);
        BinaryPrimitives.WriteInt64LittleEndian(words[WordBytes..], repetition);
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(words));
    }
}
