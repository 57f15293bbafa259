using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Formats.Traces;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>What reading one scenario comes across: its files, and what is wrong with them but usable.</summary>
/// <param name="folder">The scenario file's folder: paths in it are relative to this.</param>
/// <param name="held">Recordings that are not to be read from the disk; null: none.</param>
internal sealed class ReadingContext(string folder, HeldFiles? held = null)
{
    private readonly Dictionary<
        (string Path, TscFrequency? Tsc, TraceChoice Choice),
        RecordedGuest
    > _recordings = [];

    public string Folder => folder;

    /// <summary>Absolute paths of all files read so far.</summary>
    public List<string> Inputs { get; } = [];

    /// <summary>
    /// The host's TSC, if the scenario names it: that of guests whose own neither the scenario nor their recording
    /// tells.
    /// </summary>
    public TscFrequency? HostTsc { get; set; }

    /// <summary>One line each: file:line, what is damaged or missing there.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>The recording in a trace file; each file is read once.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="tsc">The guest's TSC, if the scenario names it for this guest.</param>
    /// <param name="choice">What of the file is meant.</param>
    /// <param name="from">The section whose key "file" names it.</param>
    /// <exception cref="ScenarioException">The file cannot be used.</exception>
    public RecordedGuest Recording(
        string path,
        TscFrequency? tsc,
        TraceChoice choice,
        Settings from
    )
    {
        if (_recordings.TryGetValue((path, tsc, choice), out RecordedGuest? known))
        {
            return known;
        }
        try
        {
            RecordedTrace trace = held?.Open(path) is { } content
                ? RecordedTrace.Read(content, path)
                : RecordedTrace.Read(path);
            CompiledTrace compiled = TraceCompiler.Compile(trace, tsc, choice, HostTsc);
            RecordedGuest recording = compiled.Guest;
            Warnings.AddRange(trace.Diagnostics.Select(found => Describe(path, found)));
            Warnings.AddRange(
                trace
                    .Totals.Where(total => total.Unlisted > 0)
                    .Select(total => Describe(path, total))
            );
            Warnings.AddRange(compiled.Notes().Select(note => $"{path}: {note}"));
            if (!Inputs.Contains(path))
            {
                Inputs.Add(path);
            }
            return _recordings[(path, tsc, choice)] = recording;
        }
        catch (TraceFormatException e)
        {
            string place = e.Line > 0 ? new SourcePosition(e.Path, (int)e.Line).ToString() : e.Path;
            throw from.Error("file", $"{place}: {e.What}", e.Accepted);
        }
        catch (InvalidDataException e)
        {
            throw from.Error("file", $"{path}: damaged: {e.Message}", "a whole trace");
        }
    }

    /// <summary>One line: file:line, what is damaged or missing, and how much of it.</summary>
    private static string Describe(string path, TraceDiagnostic diagnostic)
    {
        string count =
            diagnostic.Count?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of";
        return $"{new SourcePosition(path, (int)Math.Min(diagnostic.Line, int.MaxValue))}: {count} {NameOf(diagnostic.Kind)}: {diagnostic.Text}";
    }

    /// <summary>One line for all that is not listed.</summary>
    private static string Describe(string path, TraceDiagnosticTotal total) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{path}: {total.Count} {NameOf(total.Kind)} in all, at {total.Unlisted} more places"
        );

    private static string NameOf(TraceDiagnosticKind kind) =>
        kind switch
        {
            TraceDiagnosticKind.DamagedLine => "damaged lines",
            TraceDiagnosticKind.LostEvents => "lost events",
            TraceDiagnosticKind.OverwrittenEvents => "overwritten events",
            TraceDiagnosticKind.Repeated => "repeated events",
            _ => "events out of order",
        };
}
