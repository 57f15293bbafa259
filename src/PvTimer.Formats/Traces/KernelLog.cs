using System;

namespace PvTimer.Formats.Traces;

/// <summary>
/// What stands before a line in the kernel's log: "[  100.000100] ", with the printing task "[    T12] " behind
/// it, or the name of a host and its wall clock before it.
/// </summary>
internal static class KernelLog
{
    /// <summary>In bytes: "Nov 28 12:00:00 host kernel: " and a stamp, with room to spare.</summary>
    private const int Longest = 100;

    /// <summary>The line without it.</summary>
    public static ReadOnlySpan<byte> Strip(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> near = line.Length > Longest ? line[..Longest] : line;
        int open = near.IndexOf((byte)'[');
        int close = near.IndexOf((byte)']');
        if (open < 0 || close < open || !IsStamp(near[(open + 1)..close]))
        {
            return line;
        }
        line = line[(close + 1)..];
        ReadOnlySpan<byte> behind = line.TrimStart(Words.Blanks);
        return behind.StartsWith("["u8) && behind.IndexOf((byte)']') is > 0 and < 12 and int end
            ? behind[(end + 1)..]
            : line;
    }

    /// <summary>Whether the line comes from the log.</summary>
    public static bool Is(ReadOnlySpan<byte> line) => Strip(line).Length < line.Length;

    /// <summary>"  100.000100": six digits behind the point.</summary>
    private static bool IsStamp(ReadOnlySpan<byte> text)
    {
        const int Microseconds = 6;
        text = text.TrimStart(Words.Blanks);
        int point = text.IndexOf((byte)'.');
        return point > 0
            && text.Length - point - 1 == Microseconds
            && !text[..point].ContainsAnyExcept(Words.Digits)
            && !text[(point + 1)..].ContainsAnyExcept(Words.Digits);
    }
}
