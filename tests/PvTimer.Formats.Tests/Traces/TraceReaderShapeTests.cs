using PvTimer.Formats.Traces;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>Every shape of line that the three writers produce.</summary>
public class TraceReaderShapeTests
{
    [Theory]
    [InlineData(
        "          <idle>-0       [001] d.h1. 8062370469094: local_timer_entry: vector=236",
        "<idle>",
        0,
        1,
        "d.h1.",
        8062370469094UL
    )]
    [InlineData(
        "      cyclictest-30624   [001] d.h1 8062370469094: local_timer_entry: vector=236",
        "cyclictest",
        30624,
        1,
        "d.h1",
        8062370469094UL
    )]
    [InlineData(
        "       CPU 0/KVM-12345   [012] d.h1. 1234.567890: local_timer_entry: vector=236",
        "CPU 0/KVM",
        12345,
        12,
        "d.h1.",
        1234567890000UL
    )]
    [InlineData(
        "    kworker-u4:1-[x]-77 (   77) [003] ..... 10.000001: local_timer_entry: vector=236",
        "kworker-u4:1-[x]",
        77,
        3,
        ".....",
        10000001000UL
    )]
    [InlineData(
        "          [1] odd-5      [002] d.... 7.5: local_timer_entry: vector=236",
        "[1] odd",
        5,
        2,
        "d....",
        7500000000UL
    )]
    [InlineData(
        "          <idle>-0     [000]  1234.567890123: local_timer_entry:    vector=236",
        "<idle>",
        0,
        0,
        "",
        1234567890123UL
    )]
    [InlineData(
        "          <idle>-0     [000] d.h1.  1234.567890: local_timer_entry:    vector=236",
        "<idle>",
        0,
        0,
        "d.h1.",
        1234567890000UL
    )]
    [InlineData(
        "swapper     0 [001]  1234.567890: irq_vectors:local_timer_entry: vector=236",
        "swapper",
        0,
        1,
        "",
        1234567890000UL
    )]
    [InlineData(
        "Web Content  4321/4330 [001]  1234.567890: irq_vectors:local_timer_entry: vector=236",
        "Web Content",
        4330,
        1,
        "",
        1234567890000UL
    )]
    public void Trace_line_is_read_whoever_wrote_it(
        string line,
        string task,
        int pid,
        int cpu,
        string flags,
        ulong at
    )
    {
        RecordedTrace trace = TraceText.Read(line);

        TraceEvent only = Assert.Single(trace.Events);
        Assert.Equal(
            (1, cpu, task, pid, flags, at, "local_timer_entry", "vector=236"),
            (only.Line, only.Cpu, only.Task, only.Pid, only.Flags, only.At, only.Name, only.Body)
        );
        Assert.Empty(trace.Diagnostics);
    }

    [Theory]
    [InlineData(" a-1 [000] ..... 8062370469094: x: y", TraceClock.TscCycles)]
    [InlineData(" a-1 [000] ..... 8062.370469: x: y", TraceClock.Seconds)]
    public void Trace_clock_is_detected_from_the_time_stamps(string line, TraceClock clock)
    {
        Assert.Equal(clock, TraceText.Read(line).Clock);
    }

    [Theory]
    [InlineData("6e0, value 7552bd41596", 0x6e0, 0x7552bd41596UL, false)]
    [InlineData("830, value 1000000fb", 0x830, 0x1000000fbUL, false)]
    [InlineData("6e0, value 0", 0x6e0, 0UL, false)]
    [InlineData("c0000080, value 1 #GP", 0xc0000080, 1UL, true)]
    [InlineData("msr=6e0 val=7552bd41596 failed=0", 0x6e0, 0x7552bd41596UL, false)]
    [InlineData("msr=0x830 val=0x1000000fb failed=1", 0x830, 0x1000000fbUL, true)]
    [InlineData("msr=1760 val=8062370469270 failed=0", 0x6e0, 8062370469270UL, false)]
    [InlineData("msr=830 val=12 failed=0", 0x830, 0x12UL, false)]
    public void Trace_msr_write_has_register_value_and_fault(
        string body,
        uint msr,
        ulong value,
        bool failed
    )
    {
        TraceEvent only = TraceText.Read($" a-1 [000] ..... 5: write_msr: {body}").Events[0];

        Assert.True(only.TryGetMsrWrite(out MsrWriteEvent write));
        Assert.Equal(new MsrWriteEvent(msr, value, failed), write);
    }

    [Fact]
    public void Trace_event_of_unknown_name_is_kept_with_its_time_and_without_its_body()
    {
        RecordedTrace trace = TraceText.Read(
            " a-1 [000] ..... 5: sched_switch: prev_comm=a b prev_pid=1 ==> next_comm=c"
        );

        TraceEvent only = Assert.Single(trace.Events);
        Assert.Equal(("sched_switch", 5UL, ""), (only.Name, only.At, only.Body));
    }

    [Theory]
    [InlineData("hrtimer=0 expires=12 softexpires=11", "expires", 12UL)]
    [InlineData("vcpu 0 reason=0x1f, next=2", "reason", 0x1fUL)]
    [InlineData("vcpu 0 reason=x next=2", "reason", null)]
    [InlineData("next_pid=1", "pid", null)]
    public void Trace_event_field_is_found_by_its_whole_name(
        string body,
        string field,
        ulong? expected
    )
    {
        TraceEvent only = TraceText.Read($" a-1 [000] ..... 5: kvm_any: {body}").Events[0];

        Assert.Equal(expected, only.TryGetField(field, out ulong value) ? value : null);
    }

    [Fact]
    public void Trace_preamble_comments_and_empty_lines_are_no_damage()
    {
        RecordedTrace trace = TraceText.Read(
            """
            # tracer: nop
            #
            # entries-in-buffer/entries-written: 1/1   #P:2
            # tsc_khz: 2499998
            version = 6
            CPU 1 is empty
            cpus=2
            ##### CPU 1 buffer started ####

             a-1 [000] ..... 5: x: y
            """
        );

        Assert.Empty(trace.Diagnostics);
        Assert.Equal(RealTrace.Frequency, trace.Frequency);
    }
}
