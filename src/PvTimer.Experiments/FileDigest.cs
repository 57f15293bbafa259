using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace PvTimer.Experiments;

/// <summary>SHA-256 in lower-case hexadecimal: what tells whether a file is still the one that was read.</summary>
internal static class FileDigest
{
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string Of(string path)
    {
        using FileStream content = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }

    /// <summary>Of a file that holds this text as UTF-8.</summary>
    public static string OfText(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
