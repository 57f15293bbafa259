using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Timers.Paravirt;
using Spectre.Console;

namespace PvTimer.Cli.Display;

/// <summary>The back-ends side by side, and below them who wins by what.</summary>
internal static class ComparisonTable
{
    private static readonly (string Name, int Permyriad)[] Quantiles =
    [
        ("p50", 5_000),
        ("p90", 9_000),
        ("p99", 9_900),
        ("p99.9", 9_990),
        ("max", 10_000),
    ];

    private const int FirstColumn = 36;
    private const int ColumnWidth = 20;

    /// <summary>As text without colours, for summary.txt.</summary>
    public static string Plain(ExperimentResult result)
    {
        using StringWriter text = new() { NewLine = "\n" };
        Draw(result, text, colours: false);
        return Consoles.WithoutTrailingBlanks(text.ToString());
    }

    public static void Print(ExperimentResult result, Session session)
    {
        if (session.OutputIsTerminal)
        {
            Draw(result, session.Output, colours: true);
        }
        else
        {
            session.Output.Write(Plain(result));
        }
    }

    private static void Draw(ExperimentResult result, TextWriter writer, bool colours)
    {
        IAnsiConsole console = Consoles.Of(writer, colours);
        if (!colours)
        {
            // A column for each back-end, none of whose names is cut.
            int wanted = FirstColumn + (ColumnWidth * result.Backends.Length);
            console.Profile.Width = Math.Max(console.Profile.Width, wanted);
        }
        console.Write(Comparison(result));
        foreach (string line in VerdictLines.Of(result))
        {
            // Not on the console, which would break a long line in two, in the middle of a figure.
            writer.WriteLine(line);
        }
        foreach (string line in MigrationLines.Of(result))
        {
            console.WriteLine(line);
        }
        foreach (ThresholdVerdict verdict in result.Verdicts)
        {
            console.WriteLine($"{(verdict.Holds ? "kept    " : "NOT KEPT")}  {verdict}");
        }
        foreach (BackendResult backend in result.Backends)
        {
            double rate = backend.Outcome.Events / Math.Max(backend.Wall.TotalSeconds, 1e-9);
            console.WriteLine(
                $"{backend.Backend.Name}: {Quantities.Count(backend.Outcome.Events)} events"
                    + $" in {Quantities.Span(backend.Wall.TotalNanoseconds)}"
                    + $" ({Quantities.Count(rate)}/s), trace hash {backend.Outcome.TraceHash}"
            );
        }
    }

    private static Table Comparison(ExperimentResult result)
    {
        RecordedComparison? recorded = result.Backends[0].Recorded;
        Table table = new() { Border = TableBorder.Simple };
        table.AddColumn(new TableColumn(""));
        foreach (BackendResult backend in result.Backends)
        {
            string name = $"[bold]{backend.Backend.Name}[/]";
            table.AddColumn(new TableColumn(name) { Alignment = Justify.Right });
        }
        if (recorded is not null)
        {
            table.AddColumn(
                new TableColumn(RecordedColumn(recorded)) { Alignment = Justify.Right }
            );
        }
        Rows rows = new(table, result.Backends);
        AddTimers(rows, result, result.Scenario.Replays);
        AddExits(rows, result, recorded?.Exits);
        AddLateness(rows, recorded);
        AddCpuTime(rows);
        if (result.Scenario.PvTimer.Flaws != PvTimerFlaws.None)
        {
            AddFlaws(rows);
        }
        return table;
    }

    private static string RecordedColumn(RecordedComparison recorded)
    {
        string relative = recorded.IsRelative ? ", relative\nto the smallest" : "";
        return "recorded" + relative + EndOf(recorded, ",\n");
    }

    /// <summary>Where recorded latenesses end, if not where the emulated ones do; else nothing.</summary>
    private static string EndOf(RecordedComparison recorded, string before) =>
        recorded.LatenessEnd switch
        {
            LatenessEnd.InterruptEntry => "",
            LatenessEnd.Injection => before + "to the injection",
            _ => before + "some to the injection",
        };

    private static void AddTimers(Rows rows, ExperimentResult result, bool replays)
    {
        rows.Heading("Timers");
        rows.Add("armed", each => Quantities.Count(each.Report.Timers.Armed));
        rows.Add("fired", each => Quantities.Count(each.Report.Timers.Fired));
        rows.Add("replaced", each => Quantities.Count(each.Report.Timers.Replaced));
        rows.Add("cancelled", each => Quantities.Count(each.Report.Timers.Cancelled));
        rows.Add("pending at the end", each => Quantities.Count(each.Report.Timers.Pending));
        rows.Add("lost", each => Alarm(each.Report.Timers.Lost));
        rows.Add("early", each => Alarm(each.Report.Timers.Early));
        rows.Add(
            "conserved (armed = the sum of all but early)",
            each => IsConserved(each.Report.Timers) ? "yes" : "[red]NO[/]"
        );
        if (result.Backends.Any(each => each.Report.RequestsDropped > 0))
        {
            rows.Add(
                "requests that found the guest's ring full",
                each => Quantities.Count(each.Report.RequestsDropped)
            );
        }
        if (replays)
        {
            rows.Add("replayed deadlines", each => ReplayLines.Programmed(each.Report));
            rows.Add(
                "recorded steps that were due and not reached",
                each => Alarm(each.Report.Replay?.NotReached ?? 0)
            );
        }
    }

    private static void AddExits(Rows rows, ExperimentResult result, RecordedExits? recorded)
    {
        double seconds = result.Scenario.Duration.Nanoseconds / 1e9;
        rows.Heading(
            recorded is { ExceedReplay: true }
                ? "VM-exits (recorded: of the whole recording, longer than this run)"
                : "VM-exits"
        );
        foreach (ExitRow row in ExitRow.Of(result, recorded))
        {
            rows.Add(
                row.Name,
                each => Quantities.Count(row.CountOf(each.Report)),
                Known(row.CountOf(recorded))
            );
            foreach ((uint msr, string name) in row.Msrs(result.Scenario))
            {
                rows.Add(
                    $"  of MSR {name}",
                    each => Quantities.Count(row.CountOf(each.Report, msr)),
                    Known(row.CountOf(recorded, msr))
                );
            }
        }
        rows.Add("all, per second", each => Quantities.Count(AllExits(each.Report) / seconds));
        rows.Add(
            "a timer's own, per fired timer",
            each =>
                Quantities.Ratio(Figures.Ratio(each.Report.TimerExits, each.Report.Timers.Fired))
        );
    }

    private static void AddLateness(Rows rows, RecordedComparison? recorded)
    {
        string end = recorded is null ? "" : EndOf(recorded, "; recorded ");
        rows.Heading("Lateness, deadline to the guest's interrupt entry" + end);
        foreach ((string name, int permyriad) in Quantiles)
        {
            rows.Add(
                name,
                result => Quantities.Span(Figures.Quantile(result.Report.Lateness, permyriad)),
                recorded is null
                    ? null
                    : Quantities.Span(Figures.Quantile(recorded.Lateness, permyriad))
            );
        }
        if (rows.HasTunedAdvance)
        {
            rows.Add("lapic_timer_advance_ns, as tuned", result => Tuned(result.Report));
        }
        if (recorded is not null)
        {
            rows.Add(
                recorded.IsRelative
                    ? "distance from the recorded, both relative to their smallest (Kolmogorov-Smirnov)"
                    : "distance from the recorded (Kolmogorov-Smirnov)",
                result => Quantities.Ratio(result.Recorded?.Distance)
            );
        }
    }

    private static void AddCpuTime(Rows rows)
    {
        rows.Heading("CPU time, all pCPUs (share of their time)");
        rows.Add("guest", result => Use(result.Report, cpu => cpu.Guest.Nanoseconds));
        rows.Add("exits", result => Use(result.Report, cpu => cpu.Exit.Nanoseconds));
        rows.Add("interrupts", result => Use(result.Report, cpu => cpu.Interrupt.Nanoseconds));
        rows.Add("timer kthread", result => Use(result.Report, cpu => cpu.Kthread.Nanoseconds));
        rows.Add("halt polling", result => Use(result.Report, cpu => cpu.Poll.Nanoseconds));
        rows.Add("idle", result => Use(result.Report, cpu => cpu.Idle.Nanoseconds));
        rows.Heading("CPU time of the timer CPU alone (share of its time)");
        rows.Add(
            "busy",
            result =>
                result.Report.TimerCpu.Total.Nanoseconds == 0
                    ? Quantities.None
                    : Share(
                        result.Report.TimerCpu.Busy.Nanoseconds,
                        result.Report.TimerCpu.Total.Nanoseconds
                    )
        );
    }

    private static void AddFlaws(Rows rows)
    {
        rows.Heading("What the series' flaws did");
        (string Name, Func<FlawCounts, string> Of)[] figures =
        [
            ("reads that miss a deadline", f => Quantities.Count(f.MisreadDeadlines)),
            (
                "IPIs that read a foreign address space",
                f => Quantities.Count(f.ForeignAddressSpaceReads)
            ),
            ("split locks", f => Quantities.Count(f.SplitLocks)),
            ("preemption timers in a foreign VMCS", f => Quantities.Count(f.ForeignVmcsWrites)),
            ("kvm_lock held, longest", f => Quantities.Span(f.LockHeld.Nanoseconds)),
            ("spinning in hrtimer_cancel", f => Quantities.Span(f.CancelSpin.Nanoseconds)),
            ("looks later than promised", f => Quantities.Count(f.UnkeptPromises)),
            ("doorbells that nobody heard", f => Quantities.Count(f.UnansweredDoorbells)),
        ];
        foreach ((string name, Func<FlawCounts, string> of) in figures)
        {
            rows.Add(name, result => of(result.Report.Flaws));
        }
    }

    private static string Tuned(MachineReport report)
    {
        ImmutableArray<TunedAdvance> advances = TunedAdvance.Of(report);
        if (advances.IsEmpty)
        {
            return Quantities.None;
        }
        string shortest = Quantities.Span(advances.Min(vm => vm.Shortest).Nanoseconds);
        string longest = Quantities.Span(advances.Max(vm => vm.Longest).Nanoseconds);
        return shortest == longest ? shortest : $"{shortest} to {longest}";
    }

    private static string? Known(long? count) =>
        count is { } known ? Quantities.Count(known) : null;

    private static long AllExits(MachineReport report) => report.Exits.Sum(exit => exit.Count);

    private static bool IsConserved(TimerCounts timers) =>
        timers.Armed
        == timers.Fired + timers.Replaced + timers.Cancelled + timers.Pending + timers.Lost;

    private static string Use(MachineReport report, Func<CpuTime, long> use) =>
        Share(use(report.Cpu), report.Cpu.Total.Nanoseconds);

    private static string Share(long part, long whole) =>
        $"{Quantities.Span(part)} ({Quantities.Share(whole == 0 ? 0 : (double)part / whole)})";

    private static string Alarm(long count) =>
        count == 0 ? "0" : $"[red]{Quantities.Count(count)}[/]";

    /// <summary>Rows with one cell per back-end, and one for the recording.</summary>
    private sealed class Rows(Table table, ImmutableArray<BackendResult> backends)
    {
        public bool HasTunedAdvance =>
            backends.Any(backend => !TunedAdvance.Of(backend.Report).IsEmpty);

        public void Heading(string text)
        {
            if (table.Rows.Count > 0)
            {
                table.AddEmptyRow();
            }
            table.AddRow($"[bold]{Markup.Escape(text)}[/]");
        }

        public void Add(string name, Func<BackendResult, string> cell, string? recorded = null) =>
            table.AddRow([
                $"  {Markup.Escape(name)}",
                .. backends.Select(cell),
                .. recorded is null ? Array.Empty<string>() : [recorded],
            ]);
    }
}
