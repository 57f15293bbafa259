using System;
using System.Globalization;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>Numbers in the bodies of KVM's events, however the tool printed them.</summary>
internal static class HostText
{
    /// <summary>
    /// The number behind a word: "vcpu 0", "vcpu=0", "vcpu 0:", "IRQ 0xec". Hexadecimal with 0x, else decimal; a
    /// negative one is <see cref="ulong.MaxValue"/>.
    /// </summary>
    public static bool TryField(ReadOnlySpan<char> body, string word, out ulong value) =>
        TryNumber(After(body, word, out _), out value);

    /// <summary>The same of a word whose number is hexadecimal without 0x; behind "=" only with it.</summary>
    public static bool TryHexField(ReadOnlySpan<char> body, string word, out ulong value)
    {
        ReadOnlySpan<char> after = After(body, word, out char separator);
        return separator == '=' && word != "hrtimer"
            ? TryNumber(after, out value)
            : TryHex(FirstWord(after), out value);
    }

    /// <summary>The number that a text begins with.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, out ulong value)
    {
        ReadOnlySpan<char> word = FirstWord(text);
        if (word.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return TryHex(word, out value);
        }
        if (word.StartsWith("-", StringComparison.Ordinal))
        {
            value = ulong.MaxValue;
            return word.Length > 1;
        }
        return ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>With or without 0x.</summary>
    public static bool TryHex(ReadOnlySpan<char> word, out ulong value)
    {
        if (word.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            word = word[2..];
        }
        return ulong.TryParse(
            word,
            NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture,
            out value
        );
    }

    /// <summary>What stands behind a word and the blank, equals sign or colon after it; empty if it is not there.</summary>
    public static ReadOnlySpan<char> After(ReadOnlySpan<char> body, string word, out char separator)
    {
        int from = 0;
        while (from < body.Length)
        {
            int at = body[from..].IndexOf(word, StringComparison.OrdinalIgnoreCase);
            if (at < 0)
            {
                break;
            }
            at += from;
            from = at + word.Length;
            bool begins = at == 0 || body[at - 1] is ' ' or ',' or '(';
            if (begins && from < body.Length && (body[from] is ' ' or '=' or ':'))
            {
                separator = body[from];
                return body[(from + 1)..].TrimStart(' ');
            }
        }
        separator = default;
        return [];
    }

    /// <summary>Up to the next blank, comma, colon or bracket.</summary>
    public static ReadOnlySpan<char> FirstWord(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAny(" ,:()");
        return end < 0 ? text : text[..end];
    }
}
