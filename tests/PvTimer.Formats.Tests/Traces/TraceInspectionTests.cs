using System.Collections.Generic;
using System.Linq;
using PvTimer.Formats.Traces;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Traces;

public class TraceInspectionTests
{
    private const string Small = """
        # entries-in-buffer/entries-written: 8/11   #P:1
         a-1 [000] ..... 1000: write_msr: 6e0, value 7d0
         a-1 [000] ..... 1200: write_msr: 6e0, value bb8
         <idle>-0 [000] d..1. 1500: cpu_idle: state=1 cpu_id=0
         <idle>-0 [000] d.h1. 3500: local_timer_entry: vector=236
         <idle>-0 [000] d.h1. 3600: local_timer_exit: vector=236
         a-1 [000] ..... 4000: write_msr: 830, value fb
         a-1 [000] ..... 4500: write_msr: 6e0, value 0
        broken
        CPU:0 [LOST 4 EVENTS]
         a-1 [000] ..... 5000: sched_switch: prev_comm=a
        """;

    [Fact]
    public void Inspection_counts_what_is_in_the_file()
    {
        TraceInspection inspection = TraceInspection.Of(
            TraceText.Read(Small),
            TraceText.OneGigahertz
        );

        Assert.Equal(KeyValuePair.Create("write_msr", 4L), inspection.Events[0]);
        Assert.Equal(5, inspection.Events.Length);
        Assert.Equal(0, Assert.Single(inspection.Cpus));
        Assert.Equal((1L, 7L), (inspection.DamagedLines, inspection.LostEvents));
        TraceTimerUse use = inspection.TimerUse!;
        Assert.Equal(TraceText.Nanoseconds(4_000), use.Span);
        Assert.Equal((3L, 1L, 1L), (use.DeadlineWrites, use.Disarms, use.Replaced));
        Assert.Equal(1, use.Ipis);
        Assert.Equal(
            [(TraceText.Nanoseconds(1_000), 1L), (TraceText.Nanoseconds(1_800), 1L)],
            use.Distances.Ascending().AsEnumerable()
        );
        Assert.Equal((TraceText.Nanoseconds(500), 1L), Assert.Single(use.Lateness.Ascending()));
        Assert.Equal(0.5, Assert.Single(use.IdleShares));
    }

    [Fact]
    public void Inspection_of_a_tsc_trace_without_a_frequency_is_in_cycles()
    {
        TraceTimerUse use = TraceInspection.Of(TraceText.Read(Small), null).TimerUse!;

        Assert.True(use.InCycles);
        Assert.Equal(VirtualDuration.FromNanoseconds(4_000), use.Span);
    }

    [Fact]
    public void Inspection_of_a_trace_that_is_no_guest_says_why()
    {
        TraceInspection inspection = TraceInspection.Of(
            TraceText.Read(" a-1 [000] ..... 1: sched_switch: x"),
            null
        );

        Assert.Null(inspection.TimerUse);
        Assert.Contains("0x6e0", inspection.Obstacle);
    }

    [Theory]
    [InlineData("ffffffffffffffff")]
    [InlineData("1")]
    public void Inspection_survives_deadlines_at_the_ends_of_the_counter(string deadline)
    {
        TraceInspection inspection = TraceInspection.Of(
            TraceText.Read($" a-1 [000] ..... 4000000000000000: write_msr: 6e0, value {deadline}"),
            TscFrequency.FromKilohertz(1_000_000)
        );

        Assert.Equal(1, inspection.TimerUse!.Distances.Count);
    }
}
