using System;
using System.Collections.Generic;
using System.Linq;

namespace PvTimer.Formats.Tests.Field;

/// <summary>
/// Every file of tests/Field/files comes to what it must come to: it is read, or refused in one line that says
/// what it is and what would do.
/// </summary>
public class FieldFileTests
{
    private const string Whole = "400 deadlines, 400 interrupts, p50 5000 ns";

    /// <summary>What stands behind it depends on how a clock in seconds is tied to the TSC.</summary>
    private const string InSeconds = "400 deadlines, 400 interrupts…";

    private const string Events =
        "; accepted: text of ftrace, `trace-cmd report` or `perf script`, plain or in gzip, xz or zstd";

    /// <summary>A text that ends in "…" is the beginning of the outcome.</summary>
    private static readonly SortedDictionary<string, string> Outcomes = new(StringComparer.Ordinal)
    {
        ["bom"] = Whole,
        ["crlf"] = Whole,
        ["cut-last-line"] = Whole + ", DamagedLine 1",
        ["cyclictest-histogram"] =
            "this is the output of cyclictest: what it measured, without the timer's events"
            + Events,
        ["ftrace-comm-odd"] = Whole,
        ["ftrace-cpumask-2-3"] = Whole,
        ["ftrace-dump-on-oops-dmesg"] = InSeconds,
        ["ftrace-function-graph"] =
            "this is function_graph output: its lines have no times (use the tracer nop, or the option funcgraph-abstime)"
            + Events,
        ["ftrace-function-tracer-mixed"] = Whole,
        ["ftrace-latency-format"] = InSeconds,
        ["ftrace-lost"] = "392 deadlines, 392 interrupts, p50 5000 ns, LostEvents 40",
        ["ftrace-sec-local"] = InSeconds,
        ["ftrace-stacktrace-option"] = Whole,
        ["ftrace-tgid"] = Whole,
        ["ftrace-trace_pipe-no-header"] = Whole,
        ["ftrace-tsc-4flags"] = Whole,
        ["ftrace-tsc-5flags"] = Whole,
        ["ftrace-tsc-rt-7flags"] = Whole,
        ["ftrace-wrapped"] = Whole + ", OverwrittenEvents 16000",
        ["hrtimer-only-ftrace"] = "there is no write to MSR 0x6e0 in it…",
        ["ipi-crossfire"] = "200 deadlines, 200 interrupts, p50 5000 ns",
        ["ipi-crossfire-without-ipis"] = "200 deadlines, 196 interrupts, p50 5000 ns",
        ["kvm_stat"] = "this is the table of kvm_stat: counts, no events with their times" + Events,
        ["lttng-babeltrace"] =
            "this is the output of babeltrace: LTTng records no MSR writes" + Events,
        ["mail-quoted"] = Whole + ", DamagedLine 3",
        ["one-stamp-an-hour-ahead"] = Whole + ", DamagedLine 1",
        ["perf-kvm-stat-report"] =
            "this is the report of perf kvm stat: sums, no events with their times (`perf script` prints those of its perf.data.guest)"
            + Events,
        ["perf-script"] = InSeconds,
        ["perf-script-deltatime"] =
            "its stamps go back and forth, as differences from line to line do; accepted: stamps that count from one start (perf script without --deltatime)",
        ["perf-script-no-comm"] = InSeconds,
        ["perf-script-ns"] = InSeconds,
        ["perf-script-stacks"] = InSeconds,
        ["perf-script-task-events"] = InSeconds,
        ["systrace.html"] = InSeconds,
        ["tracecmd-latency-l"] = InSeconds,
        ["tracecmd-raw-R"] = InSeconds,
        ["tracecmd-sec"] = InSeconds,
        ["tracecmd-ts-diff"] = InSeconds,
        ["tracecmd-tsc-no-space"] = Whole,
        ["tracecmd-two-files-host-and-guest"] =
            "recordings of several machines are merged in it: guest.dat, host.dat; accepted: one of them, as of `trace-cmd report -i host.dat` or `grep '^ *host.dat:' FILE`",
        ["utf16-powershell"] = Whole,
    };

    /// <summary>Clocks that are none, and the host's side: they have tests of their own.</summary>
    private static readonly string[] TestedElsewhere =
    [
        "ftrace-counter-clock",
        "ftrace-uptime-clock",
        "host-kvm-amd-ftrace",
        "host-kvm-intel-ftrace-sec",
        "host-kvm-intel-ftrace-tsc",
        "host-kvm-perf-script",
        "host-kvm_msr-only-ftrace",
    ];

    public static TheoryData<string> Files => [.. Outcomes.Keys];

    [Theory]
    [MemberData(nameof(Files))]
    public void Field_file_comes_to_its_outcome(string file)
    {
        string expected = Outcomes[file];
        string outcome = FieldFile.Outcome(file);
        bool matches = expected.EndsWith('…')
            ? outcome.StartsWith(expected[..^1], StringComparison.Ordinal)
            : outcome == expected;
        Assert.True(matches, $"{file}: {outcome}, not {expected}");
    }

    [Fact]
    public void Every_field_file_has_its_outcome() =>
        Assert.Equal(
            [.. FieldFile.Names],
            [.. Outcomes.Keys.Concat(TestedElsewhere).Order(StringComparer.Ordinal)],
            StringComparer.Ordinal
        );
}
