using System;
using System.IO;
using System.Linq;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Traces;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Formats.Tests.Traces.Hosts;

/// <summary>Recordings of a host: one from a real one, the others of one made-up guest as each tool prints it.</summary>
public class FieldHostTests
{
    private static readonly TscFrequency TwoGigahertz = TscFrequency.FromMegahertz(2_000);

    /// <summary>Its 300 timers of 1 ms; KVM's own timers say where the guest's TSC is, to a microsecond.</summary>
    [Fact]
    public void Real_host_recording_has_its_deadlines_and_latenesses()
    {
        CompiledTrace compiled = TraceCompiler.Compile(Real(), null);

        Assert.Equal(300, compiled.DeadlineWrites);
        ExactDistribution lateness = LatenessOf(compiled);
        Assert.Equal(300, lateness.Count);
        Assert.InRange(lateness.Quantile(5_000).Nanoseconds, 489_000, 492_000);
        Assert.InRange(lateness.Ascending()[0].Span.Nanoseconds, 12_500, 14_000);
        Assert.Equal(LatenessEnd.Injection, compiled.Guest.LatenessEnd);
        Assert.False(compiled.Guest.Reference.IsRelative);
        Assert.Equal(HostClockSource.Hrtimers, compiled.Host!.Clock);
        Assert.Equal(InjectionSource.Accepted, compiled.Host.Injection);
    }

    /// <summary>Its event of the TSC's offset is contradicted by the deadlines, by 2 503 s.</summary>
    [Fact]
    public void Offset_that_the_deadlines_contradict_is_not_used_and_said() =>
        Assert.Contains(
            "2503 s away",
            TraceCompiler.Compile(Real(), null).Host!.Remark,
            StringComparison.Ordinal
        );

    [Fact]
    public void Real_host_recording_tells_the_rate_of_its_guests_tsc() =>
        Assert.InRange(
            TraceCompiler.Compile(Real(), null).Guest.Frequency.Kilohertz,
            2_596_090,
            2_596_106
        );

    [Fact]
    public void Rate_that_contradicts_the_recording_is_refused_with_the_one_that_fits()
    {
        TraceFormatException refusal = Assert.Throws<TraceFormatException>(() =>
            TraceCompiler.Compile(Real(), TscFrequency.FromMegahertz(2_500))
        );

        Assert.Contains("at 25960", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Halts_come_from_wakeups_where_no_exits_are_recorded()
    {
        var steps = TraceCompiler.Compile(Real(), null).Guest.Vcpus.Single();

        int halts = steps.Count(step => step.Kind == RecordedStepKind.Halt);
        Assert.InRange(halts, 200, 300);
        for (int i = 1; i < steps.Length; i++)
        {
            Assert.True(steps[i - 1].At <= steps[i].At);
        }
    }

    [Theory]
    [InlineData("host-kvm-amd-ftrace")]
    [InlineData("host-kvm-intel-ftrace-sec")]
    [InlineData("host-kvm-intel-ftrace-tsc")]
    [InlineData("host-kvm-perf-script")]
    public void Host_recording_has_the_deadlines_of_its_guest(string name)
    {
        CompiledTrace compiled = TraceCompiler.Compile(Field(name), TwoGigahertz);

        Assert.Equal(400, compiled.DeadlineWrites);
        ExactDistribution lateness = LatenessOf(compiled);
        Assert.Equal(400, lateness.Count);
        // All injections are equally late, and nothing in the files says how late that is.
        Assert.True(compiled.Guest.Reference.IsRelative);
        Assert.InRange(lateness.Quantile(5_000).Nanoseconds, 0, 1_000);
        Assert.Equal(LatenessEnd.Injection, compiled.Guest.LatenessEnd);
        Assert.Equal([0, 1], compiled.Host!.Threads.Select(thread => thread.Vcpu));
        Assert.All(
            compiled.Guest.Vcpus,
            steps =>
            {
                Assert.Equal(200, steps.Count(step => step.Kind == RecordedStepKind.Halt));
                Assert.DoesNotContain(steps, step => step.Kind == RecordedStepKind.DeviceInterrupt);
            }
        );
    }

    /// <summary>With the offset the lateness to the injection is known: 5.00 us to the handler, less 0.40 us.</summary>
    [Fact]
    public void Offset_that_is_named_gives_the_lateness_to_the_injection()
    {
        CompiledTrace compiled = TraceCompiler.Compile(
            Field("host-kvm-intel-ftrace-tsc"),
            TwoGigahertz,
            TraceChoice.None with
            {
                TscOffset = -2_000_000_000_000,
            }
        );

        Assert.False(compiled.Guest.Reference.IsRelative);
        ExactDistribution lateness = LatenessOf(compiled);
        Assert.Equal(4_600, lateness.Quantile(5_000).Nanoseconds);
        Assert.Equal(4_600, lateness.Quantile(10_000).Nanoseconds);
    }

    [Theory]
    [InlineData("host-kvm-amd-ftrace")]
    [InlineData("host-kvm-intel-ftrace-tsc")]
    public void Exits_are_counted_by_reason_under_one_name_each(string name)
    {
        var exits = TraceCompiler.Compile(Field(name), TwoGigahertz).Guest.Exits;

        Assert.Equal(
            [(VmExitReason.Hlt, 400L), (VmExitReason.MsrWrite, 400L)],
            exits.Select(exit => (exit.Reason, exit.Count))
        );
        Assert.Equal(400, exits[1].ByMsr.Single().Count);
    }

    [Theory]
    [InlineData("host-kvm_msr-only-ftrace", "record kvm:kvm_inj_virq")]
    [InlineData("hrtimer-only-ftrace", "kvm:kvm_msr on its host")]
    public void Host_recording_that_lacks_what_a_replay_needs_is_refused_with_what_would_do(
        string name,
        string accepted
    )
    {
        TraceFormatException refusal = Assert.Throws<TraceFormatException>(() =>
            TraceCompiler.Compile(Field(name), TwoGigahertz)
        );

        Assert.Contains(accepted, refusal.Message, StringComparison.Ordinal);
    }

    private static RecordedTrace Real() => RecordedTrace.Read(RealTrace.PathOf("host-kvm-tsc"));

    private static RecordedTrace Field(string name) =>
        RecordedTrace.Read(Path.Combine(AppContext.BaseDirectory, "field", name + ".txt.gz"));

    private static ExactDistribution LatenessOf(CompiledTrace compiled) =>
        RecordedLateness.Distribution(RecordedLateness.Of(compiled.Guest));
}
