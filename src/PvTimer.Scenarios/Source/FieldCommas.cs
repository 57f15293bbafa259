using System;
using System.Collections.Generic;

namespace PvTimer.Scenarios.Source;

/// <summary>
/// HOCON separates fields by commas or by ends of lines. Akka's parser does not take the comma in
/// <c>host { cpus = 2 }, hosts = 1</c>, where a field's value follows its key without a sign: there it becomes the
/// end of a line. No character moves.
/// </summary>
internal static class FieldCommas
{
    public static string AsLineEnds(string text)
    {
        char[]? changed = null;
        Stack<char> open = new();
        bool isBehindObject = false;
        for (int at = 0; at < text.Length; at++)
        {
            int end = EndOfWords(text, at);
            if (end > at)
            {
                isBehindObject &= text[at] is '#' or '/';
                at = end - 1;
                continue;
            }
            char each = text[at];
            if (each is '{' or '[')
            {
                open.Push(each);
            }
            else if (each is '}' or ']')
            {
                open.TryPop(out _);
            }
            else if (each == ',' && isBehindObject)
            {
                changed ??= text.ToCharArray();
                changed[at] = '\n';
            }
            bool isInList = open.TryPeek(out char within) && within == '[';
            isBehindObject =
                (each == '}' && !isInList) || (isBehindObject && char.IsWhiteSpace(each));
        }
        return changed is null ? text : new string(changed);
    }

    /// <summary>Where a comment or a quoted text ends that begins here; else here.</summary>
    private static int EndOfWords(string text, int at)
    {
        ReadOnlySpan<char> rest = text.AsSpan(at);
        if (rest[0] == '#' || rest.StartsWith("//"))
        {
            return EndOf(rest, "\n", 0) + at;
        }
        if (rest.StartsWith("\"\"\""))
        {
            return EndOf(rest, "\"\"\"", 3) + at;
        }
        if (rest[0] != '"')
        {
            return at;
        }
        int end = 1;
        while (end < rest.Length && rest[end] is not ('"' or '\n'))
        {
            end += rest[end] == '\\' ? 2 : 1;
        }
        return at + Math.Min(end + 1, rest.Length);
    }

    private static int EndOf(ReadOnlySpan<char> rest, ReadOnlySpan<char> mark, int from)
    {
        int found = rest[from..].IndexOf(mark, StringComparison.Ordinal);
        return found < 0 ? rest.Length : from + found + mark.Length;
    }
}
