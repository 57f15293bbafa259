using System.Text;

namespace PvTimer.Scenarios;

/// <summary>Keys of scenario files are the names of the properties they set, in kebab-case.</summary>
public static class KebabCase
{
    /// <summary>"StaleArmedTimer" becomes "stale-armed-timer".</summary>
    public static string Of(string pascalCase)
    {
        StringBuilder kebab = new();
        foreach (char letter in pascalCase)
        {
            if (char.IsAsciiLetterUpper(letter) && kebab.Length > 0)
            {
                kebab.Append('-');
            }
            kebab.Append(char.ToLowerInvariant(letter));
        }
        return kebab.ToString();
    }
}
