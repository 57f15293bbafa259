using System;
using System.Globalization;

namespace PvTimer.Formats.Traces;

/// <summary>A trace file that cannot be used at all; the message is one line: file:line, what, accepted.</summary>
public sealed class TraceFormatException : Exception
{
    /// <param name="path">The file, as the user named it.</param>
    /// <param name="line">The line from 1, or 0 if the file as a whole is meant.</param>
    /// <param name="what">What is wrong.</param>
    /// <param name="accepted">What would have been accepted.</param>
    /// <param name="cause">The exception that revealed it, if any.</param>
    public TraceFormatException(
        string path,
        long line,
        string what,
        string accepted,
        Exception? cause = null
    )
        : base(Describe(path, line, what, accepted), cause)
    {
        Path = path;
        Line = line;
        What = what;
        Accepted = accepted;
    }

    /// <summary>The recording is sound; the TSC frequency that was given for it is not.</summary>
    public bool BlamesFrequency { get; init; }

    public string Path { get; }

    public long Line { get; }

    public string What { get; }

    public string Accepted { get; }

    private static string Describe(string path, long line, string what, string accepted)
    {
        string place = line > 0 ? string.Create(CultureInfo.InvariantCulture, $":{line}") : "";
        return $"{path}{place}: {what}; accepted: {accepted}";
    }
}
