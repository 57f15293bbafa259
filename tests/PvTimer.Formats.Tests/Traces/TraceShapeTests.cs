using System;
using System.Linq;
using PvTimer.Formats.Traces;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>Shapes beyond the plain ones: options of the writers, and what surrounds a trace.</summary>
public class TraceShapeTests
{
    [Theory]
    [InlineData("  <idle>-0  0d..1.    100us : cpu_idle: state=1", "<idle>", 0, "d..1.", 100_000)]
    [InlineData("  a b-7     1dNh1.   1001us+: cpu_idle: state=1", "a b", 1, "dNh1.", 1_001_000)]
    [InlineData(
        "[ 1.000100]  <idle>-0  3.N.1.  5us!: cpu_idle: state=1",
        "<idle>",
        3,
        ".N.1.",
        5_000
    )]
    [InlineData(
        "[ 1.000100][  T12]  <idle>-0  3d..1  5us : cpu_idle: state=1",
        "<idle>",
        3,
        "d..1",
        5_000
    )]
    [InlineData(
        "  <idle>-0   0d..1.100.000101: cpu_idle: state=1",
        "<idle>",
        0,
        "d..1.",
        100_000_101_000
    )]
    [InlineData(
        "  <idle>-0   0d..1. 100.000101: cpu_idle: state=1",
        "<idle>",
        0,
        "d..1.",
        100_000_101_000
    )]
    [InlineData("  <idle>-0  [000] d..1..1 7: cpu_idle: state=1", "<idle>", 0, "d..1..1", 7)]
    [InlineData("  <idle>-0  [000]7: cpu_idle: state=1", "<idle>", 0, "", 7)]
    [InlineData("  <idle>-0  [000] 0.000000007: (+298)  cpu_idle: state=1", "<idle>", 0, "", 7)]
    [InlineData("  <idle>-0  (-------) [000] d..1. 7: cpu_idle: state=1", "<idle>", 0, "d..1.", 7)]
    [InlineData("[000] 0.000000007:  power:cpu_idle: state=1", "", 0, "", 7)]
    [InlineData("swapper [000] 0.000000007:  power:cpu_idle: state=1", "swapper", 0, "", 7)]
    [InlineData("  0 [000] 0.000000007:  power:cpu_idle: state=1", "", 0, "", 7)]
    [InlineData("swapper 0 [000] 0.000000007:  1 power:cpu_idle: state=1", "swapper", 0, "", 7)]
    [InlineData("> >  <idle>-0  [000] d..1. 7: cpu_idle: state=1", "<idle>", 0, "d..1.", 7)]
    [InlineData("guest.dat:   <idle>-0  [000] 7: cpu_idle: state=1", "<idle>", 0, "", 7)]
    [InlineData(" 0.000007 |   0)    |  /* cpu_idle: state=1 */", "", 0, "", 7_000)]
    public void Trace_line_is_read_in_shape(
        string line,
        string task,
        int cpu,
        string flags,
        long at
    )
    {
        RecordedTrace trace = TraceText.Read(line);

        TraceEvent only = Assert.Single(trace.Events);
        Assert.Equal(
            (task, cpu, flags, (ulong)at, "cpu_idle", "state=1"),
            (only.Task, only.Cpu, only.Flags, only.At, only.Name, only.Body)
        );
        Assert.Empty(trace.Diagnostics);
    }

    [Theory]
    [InlineData("tick_nohz_irq_exit <-irq_exit_rcu", "function")]
    [InlineData("sys_futex(uaddr: 7f, op: 1)", "sys_futex")]
    [InlineData("sys_futex -> 0x0", "sys_futex")]
    [InlineData("funcgraph_entry:        1.000 us   |  ktime_get();", "funcgraph_entry")]
    [InlineData("print: hello: [world]", "print")]
    public void Trace_line_of_other_tracers_is_an_event_that_is_counted(string said, string name)
    {
        RecordedTrace trace = TraceText.Read(" a-1 [000] d..1. 7: " + said);

        Assert.Equal(name, Assert.Single(trace.Events).Name);
    }

    [Theory]
    [InlineData(" => lapic_next_deadline", "stacks")]
    [InlineData(" a-1 [000] d..1. 7: <stack trace>", "stacks")]
    [InlineData("=> do_trace_write_msr (ffffffff81000000)", "stacks")]
    [InlineData("\tffffffff81000000 do_trace+0x4a ([kernel.kallsyms])", "stacks")]
    [InlineData("            7f12 [unknown] (/lib/x.so (deleted))", "stacks")]
    [InlineData("\t           0 [unknown] ([unknown])", "stacks")]
    [InlineData(" 0)   1.000 us    |  ktime_get();", "stacks")]
    [InlineData("a 1 [000] 0.000000: PERF_RECORD_FORK(1:1):(0:0)", "perf")]
    [InlineData(
        "a 1 [000] 0.000000: PERF_RECORD_MMAP2 1/1: [0x400000(0x1000) @ 0]: r-xp /init",
        "perf"
    )]
    [InlineData("[  100.000100] Kernel panic - not syncing", "log")]
    [InlineData("</script></body></html>", "markup")]
    [InlineData("guest.dat: cpus=2", "preamble")]
    public void Trace_line_that_is_no_event_is_known_for_what_it_is(string line, string kind)
    {
        TraceLineCounts counts = TraceText.Read(" a-1 [000] d..1. 6: x: y\n" + line).Counts;

        Assert.Equal(
            (1L, 0L, 2L),
            (
                kind switch
                {
                    "stacks" => counts.Stacks,
                    "perf" => counts.PerfRecords,
                    "log" => counts.KernelLog,
                    "markup" => counts.Markup,
                    _ => counts.Preamble,
                },
                counts.Damaged,
                counts.Sum
            )
        );
    }

    [Theory]
    [InlineData("{\"traceEvents\":[]}", "JSON")]
    [InlineData("swapper 0   100.000100: msr:write_msr: 6e0, value 1", "add `-F +cpu`")]
    [InlineData("     0.000 ( 0.003 ms): sleep/1 nanosleep() = 0", "perf trace")]
    [InlineData("[    1.000000] Linux version 6.18", "a kernel's log")]
    [InlineData("T: 0 (  123) P:80 I:1000 C:  100 Min: 1 Act: 2 Avg: 2 Max: 9", "cyclictest")]
    [InlineData("# Overhead  Command", "a report of perf")]
    [InlineData("Attaching 3 probes...", "bpftrace")]
    [InlineData("# RTLA timerlat histogram", "rtla timerlat")]
    [InlineData("Core CPU Avg_MHz Busy% Bzy_MHz TSC_MHz", "turbostat")]
    [InlineData("           CPU0       CPU1", "/proc/interrupts")]
    [InlineData("Timer List Version: v0.10", "/proc/timer_list")]
    [InlineData("8: a-1 [000] 6: x: y\n9: a-1 [000] 7: x: y", "its lines are numbered")]
    public void Output_of_another_tool_is_refused_by_name(string line, string what)
    {
        TraceFormatException e = Assert.Throws<TraceFormatException>(() => TraceText.Read(line));

        Assert.Contains(what, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recordings_merged_under_other_names_are_refused_with_the_choice()
    {
        string[] lines = ["host:  a-1 [000] 6: x: y", "vm-1:  <idle>-0 [000] 7: x: y"];

        TraceFormatException e = Assert.Throws<TraceFormatException>(() =>
            TraceText.Read(string.Join('\n', lines))
        );

        Assert.Contains("merged in it: host, vm-1", e.Message, StringComparison.Ordinal);
        Assert.Single(TraceText.Read(lines[1]).Events);
    }

    [Fact]
    public void Page_around_a_trace_is_no_damage()
    {
        RecordedTrace trace = TraceText.Read(
            """
            <!DOCTYPE html>
            <html><head>
            var program = function(a) { return a[0] };
            <script class="trace-data" type="application/text">
             a-1 (  -----) [000] d..1. 7: x: y
            damaged
            </script>
            more();
            """
        );

        Assert.Equal(
            (1L, 6L, 1L),
            (trace.Counts.Events, trace.Counts.Markup, trace.Counts.Damaged)
        );
        Assert.Equal(6, trace.Diagnostics.Single().Line);
    }
}
