using System;
using System.IO;
using System.Linq;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Traces;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Traces.Clocks;

/// <summary>Recordings under one clock and another.</summary>
public class RecordedClockTests
{
    private const string Accepted =
        "accepted: a recording under trace_clock x86-tsc, or one in seconds (local, global, mono, boot, perf)";

    private static TscFrequency Amd { get; } = TscFrequency.FromKilohertz(2_596_098);

    [Theory]
    [InlineData("ftrace-counter-clock", "its clock counts events, not time (trace_clock counter)")]
    [InlineData(
        "ftrace-uptime-clock",
        "its clock counts jiffies, too coarse for the lateness of a timer (trace_clock uptime)"
    )]
    public void Clock_that_does_not_tell_time_is_refused_by_name(string file, string what)
    {
        string path = FieldFile(file);
        TraceFormatException e = Refusal(path, null);

        Assert.Equal($"{path}: {what}; {Accepted}", e.Message);
    }

    [Fact]
    public void Recorded_counter_clock_is_refused_by_name() =>
        Assert.Contains(
            "trace_clock counter",
            Refusal(RealTrace.PathOf("amd-sameevents-counter"), Amd).Message
        );

    [Fact]
    public void Uptime_in_seconds_is_refused_by_its_steps()
    {
        string text = string.Concat(
            Enumerable
                .Range(0, 40)
                .Select(i =>
                    $" a-1 [000] ..... {100 + (i / 250)}.{i % 250 * 4:000}000: write_msr: 6e0, value {1_000_000 + i:x}\n"
                )
        );
        TraceFormatException e = Assert.Throws<TraceFormatException>(() => TraceText.Compile(text));

        Assert.Contains("its clock moves in steps of 4 ms", e.Message);
    }

    [Fact]
    public void Deadlines_far_from_all_stamps_are_refused_whatever_the_clock_is_called()
    {
        // Nanoseconds as whole numbers, 674 s after the boot, of a TSC that began 500 s earlier.
        string text = string.Concat(
                Enumerable
                    .Range(0, 40)
                    .Select(i =>
                        $" a-1 [000] ..... {674_000_000_000 + (i * 1_000_000)}: write_msr: 6e0, value {1_175_000_000_000 + (i * 1_000_000):x}\n"
                        + $" a-1 [000] ..... {674_000_900_000 + (i * 1_000_000)}: local_timer_entry: vector=236\n"
                    )
            )
            .Replace("value ", "value 1", StringComparison.Ordinal);
        TraceFormatException e = Assert.Throws<TraceFormatException>(() => TraceText.Compile(text));

        Assert.Contains("most deadlines lie far from their writes", e.Message);
        Assert.Contains("its clock is not the guest's TSC", e.Message);
    }

    [Fact]
    public void Same_events_under_two_clocks_have_the_same_lateness_relative_to_the_smallest()
    {
        CompiledTrace tsc = Compile("amd-sameevents-x86-tsc", Amd);
        CompiledTrace local = Compile("amd-sameevents-local", null);

        Assert.False(tsc.Guest.Reference.IsRelative);
        Assert.True(local.Guest.Reference.IsRelative);
        Assert.Equal(TscSource.Recording, local.TscSource);
        Assert.InRange(local.Guest.Frequency.Kilohertz, 2_596_097, 2_596_099);
        ExactDistribution known = Lateness(tsc).RelativeToSmallest();
        ExactDistribution relative = Lateness(local);
        foreach (int permyriad in (int[])[5_000, 9_000, 9_900])
        {
            Assert.InRange(
                relative.Quantile(permyriad).Nanoseconds - known.Quantile(permyriad).Nanoseconds,
                -1_000,
                1_000
            );
        }
        // What the smallest is in truth lies below what the recording says it is at most.
        Assert.True(Lateness(tsc).Quantile(0) < local.Guest.Reference.SmallestAtMost);
    }

    [Theory]
    [InlineData(2_596_000)]
    [InlineData(2_596_197)]
    [InlineData(2_500_000)]
    public void Frequency_that_contradicts_the_recording_is_refused_with_the_one_that_fits(
        int kilohertz
    )
    {
        TraceFormatException e = Refusal(
            RealTrace.PathOf("amd-sameevents-local"),
            TscFrequency.FromKilohertz(kilohertz)
        );

        Assert.True(e.BlamesFrequency);
        Assert.Contains($"a TSC of {kilohertz}khz contradicts the recording by", e.Message);
        Assert.Matches("accepted: a TSC of 259609[789]khz, or none", e.Message);
    }

    [Fact]
    public void Frequency_within_the_error_of_the_fit_gives_the_same_as_none()
    {
        RecordedGuest with = Compile("amd-sameevents-local", Amd).Guest;
        RecordedGuest without = Compile("amd-sameevents-local", null).Guest;

        Assert.Equal(without.Start, with.Start);
        Assert.Equal(without.End, with.End);
    }

    [Theory]
    [InlineData("ftrace-sec-local")]
    [InlineData("perf-script")]
    [InlineData("perf-script-ns")]
    [InlineData("tracecmd-sec")]
    public void Equal_latenesses_under_a_clock_in_seconds_are_zero_relative_to_the_smallest(
        string file
    )
    {
        // Each is 5 us late; nothing in such a file tells it from 0 or from 900 us.
        CompiledTrace compiled = TraceCompiler.Compile(RecordedTrace.Read(FieldFile(file)), null);
        ExactDistribution lateness = Lateness(compiled);

        Assert.Equal(400, lateness.Count);
        Assert.True(compiled.Guest.Reference.IsRelative);
        Assert.True(compiled.Guest.Reference.SmallestAtMost > VirtualDuration.FromMicroseconds(5));
        Assert.InRange(lateness.Quantile(0).Nanoseconds, 0, 100);
        Assert.InRange(lateness.Quantile(10_000).Nanoseconds, 0, 1_000);
        Assert.InRange(compiled.Guest.Frequency.Kilohertz, 1_999_990, 2_000_010);
    }

    private static CompiledTrace Compile(string name, TscFrequency? frequency) =>
        TraceCompiler.Compile(RecordedTrace.Read(RealTrace.PathOf(name)), frequency);

    private static TraceFormatException Refusal(string path, TscFrequency? frequency) =>
        Assert.Throws<TraceFormatException>(() =>
            TraceCompiler.Compile(RecordedTrace.Read(path), frequency)
        );

    private static ExactDistribution Lateness(CompiledTrace compiled) =>
        RecordedLateness.Distribution(RecordedLateness.Of(compiled.Guest));

    private static string FieldFile(string name) =>
        Path.Combine(AppContext.BaseDirectory, "field", name + ".txt.gz");
}
