using System;
using System.Diagnostics;
using System.Linq;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Traces;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>The four recordings, against figures taken from them with other tools (zgrep -c).</summary>
public class RealTraceTests
{
    [Theory]
    [InlineData("cyclictest-1ms", 12_764, 34, 7_856)]
    [InlineData("nanosleep-100us", 40_310, 40, 20_413)]
    [InlineData("idle", 1_157, 18, 601)]
    [InlineData("nginx", 1_332, 26_785, 579)]
    public void Trace_has_all_its_deadlines_ipis_and_timer_interrupts(
        string name,
        long deadlines,
        long ipis,
        long interrupts
    )
    {
        CompiledTrace compiled = RealTrace.Compile(name);

        Assert.Equal(deadlines, compiled.DeadlineWrites);
        Assert.Equal(ipis, Count(compiled, RecordedStepKind.SendIpi));
        Assert.Equal(interrupts, Count(compiled, RecordedStepKind.TimerInterrupt));
        Assert.Equal([false, true], compiled.Cpus.Select(cpu => cpu.HaltsInferred));
    }

    [Theory]
    [InlineData("cyclictest-1ms", 12_000, 14_000)]
    [InlineData("nanosleep-100us", 1_150, 1_300)]
    [InlineData("idle", 33_000, 37_000)]
    [InlineData("nginx", 2_000, 2_400)]
    public void Trace_median_lateness_is_what_its_host_does(string name, long least, long most)
    {
        ExactDistribution lateness = RecordedLateness.Distribution(
            RecordedLateness.Of(RealTrace.Guest(name))
        );

        Assert.InRange(lateness.Quantile(5_000).Nanoseconds, least, most);
    }

    [Theory]
    [InlineData("cyclictest-1ms")]
    [InlineData("nanosleep-100us")]
    [InlineData("idle")]
    [InlineData("nginx")]
    public void Trace_steps_are_in_order_and_its_ipis_nearly_all_explained(string name)
    {
        CompiledTrace compiled = RealTrace.Compile(name);

        foreach (var steps in compiled.Guest.Vcpus)
        {
            for (int i = 1; i < steps.Length; i++)
            {
                Assert.True(steps[i - 1].At <= steps[i].At);
            }
        }
        long devices = Count(compiled, RecordedStepKind.DeviceInterrupt);
        long explained = Count(compiled, RecordedStepKind.IpiInterrupt);
        Assert.InRange(devices, 0, Math.Max(1, explained / 500));
    }

    [Theory]
    [InlineData("cyclictest-1ms")]
    [InlineData("nanosleep-100us")]
    [InlineData("idle")]
    [InlineData("nginx")]
    public void Trace_is_read_without_a_remark_in_well_under_two_seconds(string name)
    {
        Stopwatch watch = Stopwatch.StartNew();
        RecordedTrace trace = RecordedTrace.Read(RealTrace.PathOf(name));
        watch.Stop();

        Assert.Empty(trace.Diagnostics);
        Assert.Equal(TraceClock.TscCycles, trace.Clock);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    private static long Count(CompiledTrace compiled, RecordedStepKind kind) =>
        compiled.Guest.Vcpus.Sum(steps => steps.LongCount(step => step.Kind == kind));
}
