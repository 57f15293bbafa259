using System;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PvTimer.Engine;

/// <summary>One text for all that happened in a run.</summary>
public static class TraceHash
{
    private const int HashBytes = 16;

    /// <summary>
    /// The first 16 bytes of the SHA-256 of all entities' digests (in the order of their indices, each as 8
    /// bytes, little-endian) in lower-case hexadecimal.
    /// </summary>
    public static string Of(ReadOnlySpan<ulong> digests)
    {
        byte[] bytes = new byte[digests.Length * sizeof(ulong)];
        for (int index = 0; index < digests.Length; index++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(
                bytes.AsSpan(index * sizeof(ulong)),
                digests[index]
            );
        }
        return Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, HashBytes));
    }
}
