using System;
using System.Globalization;
using System.IO;

namespace PvTimer.Formats.Writers;

/// <summary>
/// The text of the kernel's `trace` file (kernel/trace/trace.c, print_func_help_header_irq; trace_output.c,
/// trace_print_context) under trace_clock x86-tsc: a time stamp is a count of TSC cycles, without a point.
/// </summary>
/// <remarks>
/// Lines are written as they come; the header says how many there are, which is known at the end: it is written over a
/// place that was left for it, so that the stream has to be one that can go back.
/// </remarks>
public sealed class FtraceWriter : IDisposable
{
    private const int Places = 20;
    private const string Flags = "d....";

    private readonly StreamWriter _text;
    private readonly int _cpus;
    private long _entries;

    /// <param name="stream">Where to; seekable, stays open.</param>
    /// <param name="cpus">How many there are.</param>
    public FtraceWriter(Stream stream, int cpus)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _cpus = cpus;
        _text = new StreamWriter(
            stream,
            new System.Text.UTF8Encoding(false),
            1 << 16,
            leaveOpen: true
        )
        {
            NewLine = "\n",
        };
        WriteHeader();
    }

    /// <summary>One event.</summary>
    /// <param name="task">Its command; it may hold spaces.</param>
    /// <param name="process">Its pid.</param>
    /// <param name="cpu">Where it runs, from 0.</param>
    /// <param name="tsc">When; not before the line before it.</param>
    /// <param name="name">The event's name without its subsystem.</param>
    /// <param name="body">As its TP_printk has it.</param>
    public void Write(string task, int process, int cpu, ulong tsc, string name, string body)
    {
        _entries++;
        _text.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{task, 16}-{process, -7} [{cpu:000}] {Flags} {tsc}: {name}: {body}"
            )
        );
    }

    public void Dispose()
    {
        _text.Flush();
        _text.BaseStream.Seek(0, SeekOrigin.Begin);
        WriteHeader();
        _text.Flush();
        _text.BaseStream.Seek(0, SeekOrigin.End);
        _text.Dispose();
    }

    private void WriteHeader()
    {
        string count = string.Create(CultureInfo.InvariantCulture, $"{_entries}/{_entries}");
        _text.WriteLine("# tracer: nop");
        _text.WriteLine("#");
        _text.WriteLine(
            $"# entries-in-buffer/entries-written: {count}{new string(' ', (2 * Places) - count.Length)}   #P:{_cpus}"
        );
        _text.WriteLine("#");
        _text.WriteLine("#                                _-----=> irqs-off/BH-disabled");
        _text.WriteLine("#                               / _----=> need-resched");
        _text.WriteLine("#                              | / _---=> hardirq/softirq");
        _text.WriteLine("#                              || / _--=> preempt-depth");
        _text.WriteLine("#                              ||| / _-=> migrate-disable");
        _text.WriteLine("#                              |||| /     delay");
        _text.WriteLine("#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION");
        _text.WriteLine("#              | |         |   |||||     |         |");
    }
}
