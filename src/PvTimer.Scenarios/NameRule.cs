using System;
using System.Buffers;
using System.Globalization;
using System.Linq;
using System.Text;

namespace PvTimer.Scenarios;

/// <summary>
/// Which names may be given. A VM's name becomes part of actor paths (which know ASCII only, and no '$' in
/// front) and of the keys of thresholds and events, where '.', '/' and quotes part one word from the next; a
/// scenario's name becomes a folder. What is refused is refused where it is read, whatever runs it later.
/// </summary>
public sealed class NameRule
{
    private const int MostCharacters = 64;
    private const int MostShown = 32;

    private const string LettersAndDigits =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private readonly SearchValues<char> _allowed;

    private NameRule(string also, string alsoInWords)
    {
        _allowed = SearchValues.Create(LettersAndDigits + also);
        Forms = string.Create(
            CultureInfo.InvariantCulture,
            $"a name of 1 to {MostCharacters} of a-z, A-Z, 0-9, {alsoInWords}, the first a letter or a digit"
        );
    }

    /// <summary>Of VMs.</summary>
    public static NameRule Vm { get; } = new("-_", "'-' and '_'");

    /// <summary>Of nodes.</summary>
    public static NameRule Node { get; } = new("-_.", "'-', '_' and '.'");

    /// <summary>Of scenarios, cost profiles and idle states.</summary>
    public static NameRule Title { get; } = new("-_. ", "'-', '_', '.' and blanks");

    /// <summary>What messages say is accepted.</summary>
    public string Forms { get; }

    /// <summary>A name may be given.</summary>
    public bool Allows(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MostCharacters
        && char.IsAsciiLetterOrDigit(name[0])
        && !name.ContainsAnyExcept(_allowed);

    /// <summary>What is wrong with a name, on one line; null: nothing.</summary>
    public string? FlawOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Allows(name))
        {
            return null;
        }
        if (name.Length == 0)
        {
            return "is empty";
        }
        if (name.Length > MostCharacters)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"'{Shown(name[..MostShown])}...' has {name.Length} characters"
            );
        }
        Rune first = name.EnumerateRunes().First();
        if (IsAllowed(first) && !char.IsAsciiLetterOrDigit(name[0]))
        {
            return $"'{name}' begins with {Described(first)}";
        }
        foreach (Rune each in name.EnumerateRunes())
        {
            if (!IsAllowed(each))
            {
                return $"'{Shown(name)}' has {Described(each)} in it";
            }
        }
        return null;
    }

    private bool IsAllowed(Rune each) => each.IsAscii && _allowed.Contains((char)each.Value);

    private static string Described(Rune each) =>
        each.Value switch
        {
            ' ' => "a blank",
            _ when Rune.IsControl(each) => string.Create(
                CultureInfo.InvariantCulture,
                $"the control character U+{each.Value:X4}"
            ),
            _ => $"'{each}'",
        };

    /// <summary>On one line, whatever is in it.</summary>
    private static string Shown(string name) =>
        string.Concat(name.Select(each => char.IsControl(each) ? '?' : each));
}
