using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Traces;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Field;

/// <summary>
/// The files of tests/Field/files: one made-up guest (2 CPUs, 200 timers of 1 ms each, every interrupt 5.00 us
/// late) as each writer would print it.
/// </summary>
internal static class FieldFile
{
    /// <summary>The guest's TSC.</summary>
    public static TscFrequency Frequency { get; } = TscFrequency.FromKilohertz(2_000_000);

    public static IEnumerable<string> Names =>
        Directory
            .EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "field"), "*.gz")
            .Select(path => Path.GetFileName(path)[..^".gz".Length])
            .Select(name =>
                Path.GetExtension(name) == ".txt" ? Path.GetFileNameWithoutExtension(name) : name
            )
            .Order(StringComparer.Ordinal);

    /// <param name="name">Without its endings, if they are .txt.gz.</param>
    public static string PathOf(string name) =>
        Path.Combine(
            AppContext.BaseDirectory,
            "field",
            name + (Path.HasExtension(name) ? ".gz" : ".txt.gz")
        );

    /// <summary>What reading a file comes to, in one line: what was read of it, or why it is refused.</summary>
    public static string Outcome(string name)
    {
        try
        {
            RecordedTrace trace = RecordedTrace.Read(PathOf(name));
            CompiledTrace compiled = TraceCompiler.Compile(trace, Frequency);
            ExactDistribution lateness = RecordedLateness.Distribution(
                RecordedLateness.Of(compiled.Guest)
            );
            return $"{compiled.DeadlineWrites} deadlines, {lateness.Count} interrupts, p50 {lateness.Quantile(5_000).Nanoseconds} ns"
                + Found(trace);
        }
        catch (TraceFormatException e)
        {
            return $"{e.What}; accepted: {e.Accepted}";
        }
    }

    private static string Found(RecordedTrace trace) =>
        string.Concat(trace.Totals.Select(total => $", {total.Kind} {total.Count}"));
}
