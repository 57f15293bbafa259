using System;
using System.Globalization;
using System.Linq;

namespace PvTimer.Sharding.Security;

/// <summary>
/// Text of others as text: what a peer, a client or a file says may be printed in a terminal, a log and a page,
/// and must not move a cursor, add a line or turn what stands beside it around.
/// </summary>
internal static class PlainText
{
    /// <summary>Longer text is cut.</summary>
    public const int MostCharacters = 4_096;

    private const char Instead = '?';

    /// <summary>Without control characters, line ends among them, and without marks of direction.</summary>
    public static string OneLine(string text) => Cleaned(text, keepLines: false);

    /// <summary>The same, but line ends and tabs stay: for what is read again and not only shown.</summary>
    public static string Lines(string text) => Cleaned(text, keepLines: true);

    private static string Cleaned(string text, bool keepLines)
    {
        ArgumentNullException.ThrowIfNull(text);
        string cut = text.Length > MostCharacters ? text[..MostCharacters] + "..." : text;
        return cut.Any(each => IsHidden(each, keepLines))
            ? string.Concat(cut.Select(each => IsHidden(each, keepLines) ? InsteadOf(each) : each))
            : cut;
    }

    private static char InsteadOf(char hidden) => char.IsWhiteSpace(hidden) ? ' ' : Instead;

    private static bool IsHidden(char each, bool keepLines) =>
        !(keepLines && each is ('\n' or '\r' or '\t'))
        && char.GetUnicodeCategory(each)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator;
}
