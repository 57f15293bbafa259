using System;
using System.Linq;

namespace PvTimer.Experiments;

/// <summary>A word of a command line as a POSIX shell has to be given it.</summary>
public static class ShellWord
{
    /// <summary>What no shell takes for anything but itself, beside letters and digits.</summary>
    private const string Plain = "/._-+:,@%=";

    /// <param name="text">Any, also an empty one.</param>
    /// <returns>As it is where that is safe, else in single quotes.</returns>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool isPlain =
            text.Length > 0 && text.All(each => char.IsLetterOrDigit(each) || Plain.Contains(each));
        return isPlain ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }
}
