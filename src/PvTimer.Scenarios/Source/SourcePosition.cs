using System.Globalization;

namespace PvTimer.Scenarios.Source;

/// <summary>Where a key was written.</summary>
/// <param name="File">As it was given, or "--set".</param>
/// <param name="Line">From 1; 0 if the command line said it.</param>
internal readonly record struct SourcePosition(string File, int Line)
{
    public static SourcePosition CommandLine { get; } = new("--set", 0);

    /// <summary>A file that the command line names.</summary>
    public static SourcePosition CommandLineOf(string file) => new(file, 0);

    public override string ToString() =>
        Line == 0 ? File : string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}");
}
