using System.Globalization;

namespace PvTimer.Scenarios.Source;

/// <summary>Where a key was written.</summary>
/// <param name="File">As it was given, or the command line's option: "--set".</param>
/// <param name="Line">From 1; 0 if the command line said it.</param>
internal readonly record struct SourcePosition(string File, int Line)
{
    /// <summary>A file that the command line names, or an option of it.</summary>
    public static SourcePosition CommandLineOf(string fileOrOption) => new(fileOrOption, 0);

    public override string ToString() =>
        Line == 0 ? File : string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}");
}
