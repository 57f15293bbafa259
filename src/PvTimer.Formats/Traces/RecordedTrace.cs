using System.Collections.Immutable;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>A trace, read to its end.</summary>
/// <param name="Path">The file, as the user named it.</param>
/// <param name="Clock">What the time stamps count.</param>
/// <param name="Frequency">The TSC's frequency, if the file names it.</param>
/// <param name="Lines">Lines of the file.</param>
/// <param name="Events">All events, in the file's order.</param>
/// <param name="Diagnostics">What is damaged or missing.</param>
public sealed record RecordedTrace(
    string Path,
    TraceClock Clock,
    TscFrequency? Frequency,
    long Lines,
    TraceEventList Events,
    ImmutableArray<TraceDiagnostic> Diagnostics
)
{
    /// <exception cref="TraceFormatException">The file cannot be used at all.</exception>
    public static RecordedTrace Read(string path)
    {
        using TraceReader reader = TraceReader.Open(path);
        return Read(reader, path);
    }

    /// <exception cref="TraceFormatException">No line is an event.</exception>
    public static RecordedTrace Read(TraceReader reader, string path)
    {
        while (reader.TryRead(out _)) { }
        if (reader.Events.Length == 0)
        {
            throw new TraceFormatException(
                path,
                reader.Lines,
                "no line is an event",
                TraceFile.Accepted
            );
        }
        return new RecordedTrace(
            path,
            reader.Clock,
            reader.Frequency,
            reader.Lines,
            reader.Events,
            reader.Diagnostics
        );
    }
}
