using System;
using System.Buffers;
using System.IO;
using System.Security.Cryptography;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>SHA-256, lower-case hexadecimal.</summary>
public static class FileHash
{
    private static readonly SearchValues<char> Accepted = SearchValues.Create("0123456789abcdef");

    private const int Digits = 2 * SHA256.HashSizeInBytes;

    /// <summary>Of a whole file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string Of(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    public static string Of(ReadOnlySpan<byte> content) =>
        Convert.ToHexStringLower(SHA256.HashData(content));

    internal static bool IsOne(string text) =>
        text.Length == Digits && !text.AsSpan().ContainsAnyExcept(Accepted);
}
