using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using PvTimer.Formats.Writers;
using PvTimer.Formats.Writers.Events;
using PvTimer.Formats.Writers.Tracks;
using PvTimer.Model.Description;

namespace PvTimer.Experiments.Export;

/// <summary>A form in which other tools take a run.</summary>
public sealed class ExportFormat
{
    private readonly Func<EmulatedMachine, MachineDescription, string?, Stream, RunExport> _create;

    private ExportFormat(
        string name,
        string file,
        string description,
        Func<EmulatedMachine, MachineDescription, string?, Stream, RunExport> create
    )
    {
        Name = name;
        File = file;
        Description = description;
        _create = create;
    }

    /// <summary>"perfetto": what --as takes.</summary>
    public string Name { get; }

    /// <summary>What the file is called in the folder of its back-end.</summary>
    public string File { get; }

    /// <summary>What reads it.</summary>
    public string Description { get; }

    /// <summary>It is about one VM.</summary>
    public bool IsOfOneVm { get; private init; }

    /// <summary>It is for runs of one host.</summary>
    public bool IsOfOneHost { get; private init; }

    public static ImmutableArray<ExportFormat> All { get; } =
    [
        new(
            "perfetto",
            "trace.pftrace",
            "ui.perfetto.dev, trace_processor: a track for each pCPU, vCPU and kthread, a flow for each timer",
            (machine, _, _, stream) => new TrackExport(machine, new PerfettoWriter(stream))
        ),
        new(
            "chrome",
            "trace.json",
            "chrome://tracing: the same as JSON",
            (machine, _, _, stream) => new TrackExport(machine, new ChromeTraceWriter(stream))
        ),
        new(
            "ftrace",
            "host.ftrace.txt",
            "what reads the kernel's trace file: kvm:*, timer:hrtimer_* and pvtimer's own events",
            (machine, description, _, stream) => new HostTraceExport(machine, description, stream)
        )
        {
            IsOfOneHost = true,
        },
        new(
            "ftrace-guest",
            "guest.ftrace.txt",
            "a guest's own recording, which guest.type = trace replays",
            (machine, description, vm, stream) =>
                new GuestTraceExport(
                    machine,
                    description.Vms.Single(each => each.Name == vm),
                    stream
                )
        )
        {
            IsOfOneVm = true,
        },
        new(
            "ndjson",
            "events.ndjson",
            "jq: a line for each event",
            (machine, _, _, stream) => new EventExport(machine, new NdjsonSink(stream))
        ),
        new(
            "parquet",
            "events.parquet",
            "DuckDB, pandas: the same as columns",
            (machine, _, _, stream) => new EventExport(machine, new ParquetSink(stream))
        ),
        new(
            "perf-kvm-stat",
            "perf-kvm-stat.txt",
            "perf kvm stat report, from 6.3 on with --stdio",
            (_, _, _, stream) =>
                new ReportExport(
                    stream,
                    (text, report) => PerfKvmStatReport.Write(text, report.Exits)
                )
        ),
        new(
            "perf-kvm-stat-6.3",
            "perf-kvm-stat-6.3.txt",
            "perf kvm stat report from 6.3 on without --stdio: its browser's columns",
            (_, _, _, stream) =>
                new ReportExport(
                    stream,
                    (text, report) => PerfKvmStatBrowser.Write(text, report.Exits)
                )
        ),
        new(
            "kvm-stat",
            "kvm-stat.log",
            "kvm_stat --log: entries and exits in each second",
            (machine, description, _, stream) => new KvmStatExport(machine, description, stream)
        ),
        new(
            "cyclictest",
            "cyclictest.hist",
            "cyclictest -h: a histogram of microseconds",
            (_, _, _, stream) =>
                new ReportExport(
                    stream,
                    (text, report) => CyclictestHistogram.Write(text, [report.Lateness])
                )
        ),
        new(
            "hgrm",
            "lateness.hgrm",
            "HdrHistogram's plotter: percentiles",
            (_, _, _, stream) =>
                new ReportExport(stream, (text, report) => HgrmWriter.Write(text, report.Lateness))
        ),
    ];

    /// <summary>The one of that name; null: there is none.</summary>
    public static ExportFormat? Find(string name) =>
        All.FirstOrDefault(format => format.Name == name);

    internal RunExport Create(
        EmulatedMachine machine,
        MachineDescription description,
        string? vm,
        Stream stream
    ) => _create(machine, description, vm, stream);
}
