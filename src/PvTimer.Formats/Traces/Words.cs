using System;
using System.Buffers;
using System.Globalization;
using System.Numerics;

namespace PvTimer.Formats.Traces;

/// <summary>What the lines of all writers are made of: words between blanks, numbers, time stamps.</summary>
internal static class Words
{
    /// <summary>No counter gets here: a larger time stamp is damaged. Keeps distances in 63 bits.</summary>
    private const ulong Latest = 1UL << 62;

    private const int NanosecondDigits = 9;

    public static ReadOnlySpan<byte> Blanks => " \t"u8;

    public static SearchValues<byte> Digits { get; } = SearchValues.Create("0123456789"u8);

    public static SearchValues<byte> HexDigits { get; } =
        SearchValues.Create("0123456789abcdefABCDEF"u8);

    /// <summary>Takes the first word off the text, and the blanks behind it.</summary>
    public static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> text)
    {
        int space = text.IndexOfAny(Blanks);
        ReadOnlySpan<byte> word = space < 0 ? text : text[..space];
        text = space < 0 ? [] : text[space..].TrimStart(Blanks);
        return word;
    }

    /// <summary>A whole number in decimal digits and nothing else.</summary>
    public static bool TryParse<T>(ReadOnlySpan<byte> text, out T value)
        where T : struct, IBinaryInteger<T> =>
        T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <summary>"123" are cycles; "1.234567" are seconds, kept as nanoseconds.</summary>
    public static bool TryParseStamp(ReadOnlySpan<byte> text, out ulong at, out TraceClock clock)
    {
        int point = text.IndexOf((byte)'.');
        if (point < 0)
        {
            clock = TraceClock.TscCycles;
            return TryParse(text, out at) && at < Latest;
        }
        clock = TraceClock.Seconds;
        at = 0;
        ReadOnlySpan<byte> fraction = text[(point + 1)..];
        if (
            fraction.Length > NanosecondDigits
            || !TryParse(text[..point], out ulong seconds)
            || !TryParse(fraction, out ulong nanoseconds)
            || seconds >= Latest / 1_000_000_000
        )
        {
            return false;
        }
        for (int digits = fraction.Length; digits < NanosecondDigits; digits++)
        {
            nanoseconds *= 10;
        }
        at = (seconds * 1_000_000_000) + nanoseconds;
        return true;
    }

    /// <summary>Microseconds of the latency format, kept as nanoseconds.</summary>
    public static bool TryParseMicroseconds(ReadOnlySpan<byte> text, out ulong at)
    {
        bool read = TryParse(text, out at) && at < Latest / 1_000;
        at = read ? at * 1_000 : 0;
        return read;
    }
}
