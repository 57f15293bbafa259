using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments;
using PvTimer.Formats.Traces;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Display;

/// <summary>What is in a recording, for people and as JSON.</summary>
internal static class InspectionReport
{
    private static readonly (string Name, int Permyriad)[] Quantiles =
    [
        ("min", 0),
        ("p50", 5_000),
        ("p90", 9_000),
        ("p99", 9_900),
        ("p99_9", 9_990),
        ("max", 10_000),
    ];

    public static string Text(TraceInspection inspection)
    {
        RecordedTrace trace = inspection.Trace;
        using StringWriter text = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        text.WriteLine($"file        {trace.Path}, {Quantities.Count(trace.Lines)} lines");
        text.WriteLine($"clock       {trace.Clock}, tsc {TscOf(inspection)}");
        SideReport.Write(text, inspection);
        text.WriteLine($"CPUs        {string.Join(' ', inspection.Cpus)}");
        text.WriteLine($"events      {Quantities.Count(trace.Events.Length)}");
        foreach ((string name, long count) in inspection.Events)
        {
            text.WriteLine($"            {Quantities.Count(count), 9}  {name}");
        }
        text.WriteLine($"lost        {Quantities.Count(inspection.LostEvents)} events");
        text.WriteLine($"damaged     {Quantities.Count(inspection.DamagedLines)} lines");
        foreach (TraceDiagnostic diagnostic in trace.Diagnostics)
        {
            string count = diagnostic.Count is { } known ? Quantities.Count(known) : "?";
            text.WriteLine(
                $"            {trace.Path}:{diagnostic.Line}: {diagnostic.Kind} x {count}: {diagnostic.Text}"
            );
        }
        foreach (TraceDiagnosticTotal total in trace.Totals.Where(total => total.Unlisted > 0))
        {
            text.WriteLine(
                $"            {total.Kind} x {Quantities.Count(total.Count)} in all, at {Quantities.Count(total.Unlisted)} more places"
            );
        }
        WriteOtherLines(text, trace.Counts);
        if (inspection.TimerUse is { } use)
        {
            WriteUse(text, use);
        }
        else
        {
            text.WriteLine($"replay      not possible: {inspection.Obstacle}");
        }
        return text.ToString();
    }

    public static JsonObject Json(TraceInspection inspection)
    {
        RecordedTrace trace = inspection.Trace;
        JsonObject events = [];
        foreach ((string name, long count) in inspection.Events)
        {
            events[name] = count;
        }
        return new JsonObject
        {
            ["file"] = trace.Path,
            ["lines"] = trace.Lines,
            ["clock"] = KebabCase.Of(trace.Clock.ToString()),
            ["tsc_khz"] = trace.Frequency?.Kilohertz,
            ["usability"] = SideReport.Json(inspection),
            ["cpus"] = new JsonArray([.. inspection.Cpus.Select(cpu => (JsonNode)cpu)]),
            ["events"] = events,
            ["lost_events"] = inspection.LostEvents,
            ["damaged_lines"] = inspection.DamagedLines,
            ["diagnostics"] = new JsonArray([
                .. trace.Diagnostics.Select(each =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["line"] = each.Line,
                            ["kind"] = KebabCase.Of(each.Kind.ToString()),
                            ["count"] = each.Count,
                            ["text"] = each.Text,
                        }
                ),
            ]),
            ["totals"] = new JsonArray([
                .. trace.Totals.Select(total =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["kind"] = KebabCase.Of(total.Kind.ToString()),
                            ["places"] = total.Places,
                            ["count"] = total.Count,
                        }
                ),
            ]),
            ["line_counts"] = Json(trace.Counts),
            ["obstacle"] = inspection.Obstacle,
            ["timer_use"] = inspection.TimerUse is { } use ? Json(use) : null,
        };
    }

    /// <summary>Lines that are known for what they are and say nothing new about timers.</summary>
    private static void WriteOtherLines(StringWriter text, TraceLineCounts counts)
    {
        (long Lines, string What)[] others =
        [
            (counts.Stacks, "of call stacks"),
            (counts.PerfRecords, "of perf's records of tasks"),
            (counts.KernelLog, "of the kernel's log"),
            (counts.Markup, "of HTML"),
            (counts.Repeated, "with events that the file has already: left out"),
        ];
        foreach ((long lines, string what) in others.Where(other => other.Lines > 0))
        {
            text.WriteLine($"lines       {Quantities.Count(lines)} {what}");
        }
    }

    private static void WriteUse(StringWriter text, TraceTimerUse use)
    {
        Func<VirtualDuration, string> span = use.InCycles
            ? value => $"{Quantities.Count(value.Nanoseconds)} cycles"
            : value => Quantities.Span(value.Nanoseconds);
        text.WriteLine($"span        {span(use.Span)}");
        text.WriteLine(
            $"deadlines   {Quantities.Count(use.DeadlineWrites)} writes, {Quantities.Count(use.Disarms)} of them disarm, {Quantities.Count(use.Replaced)} replaced"
        );
        text.WriteLine($"distance    {Line(use.Distances, span)}");
        text.WriteLine(
            $"lateness    {Line(use.Lateness, span)} ({Quantities.Count(use.Lateness.Count)} interrupts){RelativeTo(use, span)}"
        );
        if (use.Compiled.Guest.LatenessEnd == LatenessEnd.Injection)
        {
            text.WriteLine("            to the injection, before the guest's handler");
        }
        text.WriteLine($"IPIs        {Quantities.Count(use.Ipis)}");
        text.WriteLine(
            $"halted      {string.Join(", ", use.IdleShares.Select((share, vcpu) => $"vCPU {vcpu}: {Quantities.Share(share)}"))}"
        );
        foreach (CompiledCpu cpu in use.Compiled.Cpus)
        {
            text.WriteLine(
                $"CPU {cpu.Cpu, -8}{cpu.UnpairedInterrupts} timer interrupts without their write, {cpu.UnmatchedExits} ends without their beginning"
            );
        }
        foreach (string note in use.Compiled.Notes())
        {
            text.WriteLine($"note        {note}");
        }
    }

    private static JsonObject Json(TraceLineCounts counts) =>
        new()
        {
            ["events"] = counts.Events,
            ["comments"] = counts.Comments,
            ["preamble"] = counts.Preamble,
            ["stacks"] = counts.Stacks,
            ["perf_records"] = counts.PerfRecords,
            ["kernel_log"] = counts.KernelLog,
            ["markup"] = counts.Markup,
            ["losses"] = counts.Losses,
            ["repeated"] = counts.Repeated,
            ["damaged"] = counts.Damaged,
        };

    private static JsonObject Json(TraceTimerUse use) =>
        new()
        {
            ["unit"] = use.InCycles ? "cycles" : "ns",
            ["span"] = use.Span.Nanoseconds,
            ["deadline_writes"] = use.DeadlineWrites,
            ["disarms"] = use.Disarms,
            ["replaced"] = use.Replaced,
            ["distance"] = Json(use.Distances),
            ["lateness"] = Json(use.Lateness),
            ["lateness_to"] = KebabCase.Of(use.Compiled.Guest.LatenessEnd.ToString()),
            ["relative_to"] = use.Compiled.Guest.Reference.IsRelative ? "smallest" : "deadline",
            ["smallest_at_most"] = use.Compiled.Guest.Reference.SmallestAtMost?.Nanoseconds,
            ["tsc_khz"] = use.InCycles ? null : use.Compiled.Guest.Frequency.Kilohertz,
            ["ipis"] = use.Ipis,
            ["halted_share"] = new JsonArray([
                .. use.IdleShares.Select(share => (JsonNode)Math.Round(share, 6)),
            ]),
            ["idle_from"] = new JsonArray([
                .. use.Compiled.Cpus.Select(cpu => (JsonNode)KebabCase.Of(cpu.Idle.ToString())),
            ]),
            ["broken_waits"] = use.Compiled.BrokenWaits,
            ["unrecorded_ids"] = new JsonArray([
                .. use.Compiled.Unrecorded.Select(cpu =>
                    (JsonNode)new JsonObject { ["id"] = cpu.ApicId, ["ipis"] = cpu.Writes }
                ),
            ]),
        };

    private static JsonObject Json(ExactDistribution distribution)
    {
        JsonObject quantiles = new() { ["count"] = distribution.Count };
        foreach ((string name, int permyriad) in Quantiles)
        {
            quantiles[name] =
                distribution.Count > 0 ? distribution.Quantile(permyriad).Nanoseconds : null;
        }
        return quantiles;
    }

    private static string Line(ExactDistribution values, Func<VirtualDuration, string> span) =>
        values.Count == 0
            ? Quantities.None
            : string.Join(
                ", ",
                Quantiles.Select(quantile =>
                    $"{quantile.Name} {span(values.Quantile(quantile.Permyriad))}"
                )
            );

    /// <summary>What latenesses and distances count from, where that is not the deadline itself.</summary>
    private static string RelativeTo(TraceTimerUse use, Func<VirtualDuration, string> span)
    {
        LatenessReference reference = use.Compiled.Guest.Reference;
        if (!reference.IsRelative)
        {
            return "";
        }
        return reference.SmallestAtMost is { } most
            ? $", relative to the smallest, which is at most {span(most)}"
            : ", relative to the smallest, which is not known";
    }

    private static string TscOf(TraceInspection inspection)
    {
        if (inspection.TimerUse is not { InCycles: false } use)
        {
            return inspection.Trace.Frequency is { } named
                ? Units.Write(named)
                : "not named (see --tsc)";
        }
        string source =
            use.Compiled.TscSource == TscSource.Recording ? ", told by the recording" : "";
        return $"{Units.Write(use.Compiled.Guest.Frequency)}{source}";
    }
}
