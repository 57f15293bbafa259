using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>A trace, read to its end.</summary>
/// <param name="Path">The file, as the user named it.</param>
/// <param name="Clock">What the time stamps count.</param>
/// <param name="Frequency">The TSC's frequency, if the file names it.</param>
/// <param name="Lines">Lines of the file.</param>
/// <param name="Events">All events but those with damaged stamps and repetitions, in the file's order.</param>
/// <param name="Diagnostics">What is damaged or missing: the first few of each kind.</param>
/// <param name="Totals">All that is damaged or missing, by kind.</param>
/// <param name="Counts">What the lines are.</param>
public sealed record RecordedTrace(
    string Path,
    TraceClock Clock,
    TscFrequency? Frequency,
    long Lines,
    TraceEventList Events,
    ImmutableArray<TraceDiagnostic> Diagnostics,
    ImmutableArray<TraceDiagnosticTotal> Totals,
    TraceLineCounts Counts
)
{
    /// <exception cref="TraceFormatException">The file cannot be used at all.</exception>
    public static RecordedTrace Read(string path)
    {
        using TraceReader reader = TraceReader.Open(path);
        return Read(reader, path);
    }

    /// <param name="file">The file's content, from its beginning; can be set back.</param>
    /// <param name="path">How error messages call it.</param>
    /// <exception cref="TraceFormatException">The file cannot be used at all.</exception>
    public static RecordedTrace Read(Stream file, string path)
    {
        using TraceReader reader = new(TraceFile.Open(file, path), path);
        return Read(reader, path);
    }

    /// <exception cref="TraceFormatException">
    /// No line is an event, or what the lines say cannot be put in the order of time.
    /// </exception>
    public static RecordedTrace Read(TraceReader reader, string path)
    {
        while (reader.TryRead(out _)) { }
        if (reader.Refusal is { } refusal)
        {
            throw new TraceFormatException(path, refusal.Line, refusal.What, refusal.Accepted);
        }
        TraceEventList all = reader.Events;
        IReadOnlyList<int> damaged = TraceStamps.Damaged(all, reader.Clock);
        Report(
            all,
            damaged,
            TraceDiagnosticKind.DamagedLine,
            "its stamp lies far from its neighbours'",
            reader.Found
        );
        TraceEventList sound = all.Without(damaged);
        IReadOnlyList<int> repeated = Repetitions.In(sound);
        Report(
            sound,
            repeated,
            TraceDiagnosticKind.Repeated,
            "the same event stands further up",
            reader.Found
        );
        Report(
            sound,
            [.. OutOfOrder(sound).Except(repeated)],
            TraceDiagnosticKind.OutOfOrder,
            "older than the event before it",
            reader.Found
        );
        TraceEventList events = sound.Without(repeated);
        return new RecordedTrace(
            path,
            reader.Clock,
            reader.Frequency,
            reader.Lines,
            events,
            reader.Found.Listed,
            reader.Found.Totals,
            reader.Counts with
            {
                Events = events.Length,
                Repeated = repeated.Count,
                Damaged = reader.Counts.Damaged + damaged.Count,
            }
        );
    }

    /// <summary>Lines or events of one kind in all, as far as they were counted.</summary>
    public long Total(TraceDiagnosticKind kind) =>
        Totals.FirstOrDefault(total => total.Kind == kind)?.Count ?? 0;

    private static List<int> OutOfOrder(TraceEventList events)
    {
        List<int> late = [];
        Dictionary<int, ulong> latest = [];
        for (int i = 0; i < events.Length; i++)
        {
            ulong at = events.StampOf(i);
            int cpu = events.CpuOf(i);
            if (latest.TryGetValue(cpu, out ulong before) && at < before)
            {
                late.Add(i);
            }
            else
            {
                latest[cpu] = at;
            }
        }
        return late;
    }

    private static void Report(
        TraceEventList events,
        IReadOnlyList<int> places,
        TraceDiagnosticKind kind,
        string why,
        TraceDiagnostics found
    )
    {
        foreach (int place in places)
        {
            found.Add(events[place].Line, kind, 1, Describe(events[place], why));
        }
    }

    /// <summary>The line as it was understood: the text itself is not kept.</summary>
    private static byte[] Describe(in TraceEvent next, string why) =>
        Encoding.UTF8.GetBytes(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{why}: {next.Task}-{next.Pid} [{next.Cpu:000}] {next.At}: {next.Name}: {next.Body}"
            )
        );
}
