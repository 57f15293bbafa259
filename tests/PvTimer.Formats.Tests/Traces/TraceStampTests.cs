using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Formats.Traces;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>One stamp that cannot be is one damaged line, and no virtual time.</summary>
public class TraceStampTests
{
    private const ulong Step = 1_000_000;
    private const ulong Hour = 7_200_000_000_000;
    private const int Count = 40;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, -1)]
    [InlineData(19, 1)]
    [InlineData(20, -1)]
    [InlineData(37, 1)]
    [InlineData(38, -1)]
    [InlineData(38, 1)]
    [InlineData(39, 1)]
    [InlineData(1, -1)]
    [InlineData(0, -1)]
    [InlineData(39, -1)]
    public void Stamp_an_hour_off_is_the_damaged_line_itself(int place, int direction)
    {
        ulong[] stamps = Stamps(10 * Hour);
        stamps[place] = direction > 0 ? stamps[place] + Hour : stamps[place] - Hour;

        RecordedTrace trace = Read(stamps);

        Assert.Equal(
            Stamps(10 * Hour).Where((_, at) => at != place),
            trace.Events.Select(next => next.At)
        );
        TraceDiagnostic only = Assert.Single(trace.Diagnostics);
        Assert.Equal((place + 1L, TraceDiagnosticKind.DamagedLine), (only.Line, only.Kind));
        Assert.Equal(Count, trace.Counts.Sum);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void One_of_three_stamps_that_lies_an_hour_off_is_damaged(int place)
    {
        ulong[] stamps = [.. Stamps(10 * Hour).Take(3)];
        stamps[place] = place == 0 ? stamps[place] - Hour : stamps[place] + Hour;

        TraceDiagnostic only = Assert.Single(Read(stamps).Diagnostics);

        Assert.Equal((place + 1L, TraceDiagnosticKind.DamagedLine), (only.Line, only.Kind));
    }

    [Fact]
    public void Two_events_an_hour_apart_cannot_tell_which_of_them_is_damaged()
    {
        Assert.Empty(Read([Hour, 2 * Hour]).Diagnostics);
    }

    [Fact]
    public void Stamps_far_off_in_several_places_are_each_damaged()
    {
        ulong[] stamps = Stamps(10 * Hour);
        stamps[3] = (1UL << 62) - 1;
        stamps[11] = 0;
        stamps[12] += Hour;
        stamps[13] += 2 * Hour;
        stamps[39] = 1UL << 61;

        RecordedTrace trace = Read(stamps);

        Assert.Equal([4L, 12, 13, 14, 40], trace.Diagnostics.Select(each => each.Line));
        Assert.Equal(Count - 5, trace.Events.Length);
    }

    [Fact]
    public void Gap_after_which_everything_goes_on_from_there_is_no_damage()
    {
        ulong[] stamps = Stamps(Hour);
        for (int i = 20; i < Count; i++)
        {
            stamps[i] += Hour / 6;
        }

        RecordedTrace trace = Read(stamps);

        Assert.Empty(trace.Diagnostics);
        Assert.Equal(stamps, trace.Events.Select(next => next.At));
    }

    [Fact]
    public void Gaps_on_both_sides_of_one_event_are_no_damage()
    {
        ulong[] stamps = Stamps(Hour);
        for (int i = 20; i < Count; i++)
        {
            stamps[i] += i == 20 ? Hour : 2 * Hour;
        }

        Assert.Empty(Read(stamps).Diagnostics);
    }

    [Fact]
    public void Cpus_printed_one_after_the_other_are_no_damage()
    {
        string text = string.Join(
            '\n',
            Enumerable
                .Range(0, 2)
                .SelectMany(cpu => Stamps(Hour).Select(at => Line(cpu, at + (Step / 2))))
        );

        Assert.Empty(TraceText.Read(text).Diagnostics);
    }

    [Fact]
    public void Last_stamp_of_a_cpu_an_hour_ahead_is_damaged_although_other_cpus_go_on()
    {
        List<string> lines = [.. Stamps(Hour).Select(at => Line(0, at))];
        lines.Insert(10, Line(1, (2 * Hour) + Step));
        lines.Insert(5, Line(1, Hour + Step));

        TraceDiagnostic only = Assert.Single(TraceText.Read(string.Join('\n', lines)).Diagnostics);

        Assert.Equal((12L, TraceDiagnosticKind.DamagedLine), (only.Line, only.Kind));
    }

    [Fact]
    public void Many_events_from_another_time_are_sorted_in_and_said()
    {
        ulong[] stamps = [.. Stamps(2 * Hour), .. Stamps(Hour)];

        RecordedTrace trace = Read(stamps);

        Assert.Equal(stamps.Length, trace.Events.Length);
        TraceDiagnosticTotal only = Assert.Single(trace.Totals);
        Assert.Equal((TraceDiagnosticKind.OutOfOrder, (long)Count), (only.Kind, only.Count));
    }

    [Fact]
    public void Stamp_of_another_clock_is_damaged_even_on_the_first_line()
    {
        RecordedTrace trace = TraceText.Read(
            " a-1 [000] ..... 5.5: x: y\n a-1 [000] ..... 6: x: y\n a-1 [000] ..... 7: x: y"
        );

        Assert.Equal(TraceClock.TscCycles, trace.Clock);
        Assert.Equal([6UL, 7UL], trace.Events.Select(next => next.At));
        Assert.Equal(1, Assert.Single(trace.Diagnostics).Line);
    }

    [Fact]
    public void Stamps_that_are_differences_are_refused()
    {
        string text = string.Join(
            '\n',
            Enumerable.Range(0, 40).Select(i => $" a 1 [000] 0.0000{10 + (i * 7 % 13)}: s:x: y")
        );

        TraceFormatException e = Assert.Throws<TraceFormatException>(() => TraceText.Read(text));

        Assert.Contains("as differences from line to line do", e.Message, StringComparison.Ordinal);
    }

    private static ulong[] Stamps(ulong start) =>
        [.. Enumerable.Range(0, Count).Select(i => start + ((ulong)i * Step))];

    private static RecordedTrace Read(IEnumerable<ulong> stamps) =>
        TraceText.Read(string.Join('\n', stamps.Select(at => Line(0, at))));

    private static string Line(int cpu, ulong at) =>
        string.Create(CultureInfo.InvariantCulture, $" a-1 [00{cpu}] ..... {at}: x: y");
}
