using System.Linq;
using System.Text;
using PvTimer.Formats.Traces;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>What a file can be filled with has an end in memory and on the terminal.</summary>
public class TraceLimitTests
{
    private const string Event = " a-1 [000] ..... 5: x: y\n";

    [Fact]
    public void Trace_diagnostics_are_listed_up_to_ten_of_a_kind_and_counted_in_full()
    {
        string damage = string.Concat(Enumerable.Repeat("?\n" + Event, 500));
        string losses = string.Concat(Enumerable.Repeat("CPU:0 [LOST 3 EVENTS]\n", 100));

        RecordedTrace trace = TraceText.Read(damage + losses);

        Assert.Equal(20, trace.Diagnostics.Length);
        Assert.Equal(
            [
                new TraceDiagnosticTotal(TraceDiagnosticKind.DamagedLine, 500, 500, 490),
                new TraceDiagnosticTotal(TraceDiagnosticKind.LostEvents, 100, 300, 90),
            ],
            trace.Totals.AsEnumerable()
        );
    }

    [Fact]
    public void Trace_losses_beyond_any_number_are_as_many_as_can_be_counted()
    {
        const string Loss = "CPU:0 [LOST 9223372036854775807 EVENTS]\n";

        RecordedTrace trace = TraceText.Read(Event + Loss + Loss);

        Assert.Equal(long.MaxValue, trace.Total(TraceDiagnosticKind.LostEvents));
        Assert.Equal(long.MaxValue, TraceInspection.Of(trace, null).LostEvents);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("[000] ")]
    [InlineData("a-1 [000] ")]
    [InlineData("a-1 0d..1 ")]
    [InlineData("-1 ")]
    [InlineData("a-1 [000] 1: ")]
    public void Trace_line_of_many_megabytes_is_one_damaged_line(string repeated)
    {
        StringBuilder text = new(Event);
        text.Insert(text.Length, repeated, 8_000_000 / repeated.Length);
        text.Append('\n').Append(Event);

        RecordedTrace trace = TraceText.Read(text.ToString());

        Assert.Equal((3L, 2), (trace.Lines, trace.Events.Length));
        Assert.Equal(2, Assert.Single(trace.Diagnostics).Line);
    }

    [Fact]
    public void Trace_with_more_tasks_than_have_room_is_read_to_its_end()
    {
        string text = string.Concat(
            Enumerable.Range(0, 70_000).Select(i => $" t{i}-1 [000] ..... {i}: x: y\n")
        );

        RecordedTrace trace = TraceText.Read(text);

        Assert.Equal(70_000, trace.Events.Length);
        Assert.Equal("t65534", trace.Events[65_534].Task);
        Assert.Equal("…", trace.Events[69_999].Task);
    }
}
