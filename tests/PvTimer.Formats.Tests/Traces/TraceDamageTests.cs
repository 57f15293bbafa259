using System.Linq;
using PvTimer.Formats.Traces;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>What is damaged or lost is said, with line and count.</summary>
public class TraceDamageTests
{
    [Theory]
    [InlineData("CPU:3 [LOST 123 EVENTS]", 123L)]
    [InlineData("CPU:3 [LOST EVENTS]", null)]
    [InlineData("CPU:3 [123 EVENTS DROPPED]", 123L)]
    [InlineData("CPU:3 [EVENTS DROPPED]", null)]
    [InlineData("  a 1 [003] 1.0: PERF_RECORD_LOST lost 123", 123L)]
    public void Trace_loss_admitted_in_the_text_is_reported(string line, long? count)
    {
        RecordedTrace trace = TraceText.Read(" a-1 [000] ..... 5: x: y\n" + line);

        Assert.Equal(
            new TraceDiagnostic(2, TraceDiagnosticKind.LostEvents, count, line),
            Assert.Single(trace.Diagnostics)
        );
    }

    [Fact]
    public void Trace_header_with_fewer_entries_than_written_is_reported()
    {
        RecordedTrace trace = TraceText.Read(
            "# entries-in-buffer/entries-written: 36000/36282   #P:2\n a-1 [000] ..... 5: x: y"
        );

        TraceDiagnostic only = Assert.Single(trace.Diagnostics);
        Assert.Equal(
            (1L, TraceDiagnosticKind.OverwrittenEvents, 282L),
            (only.Line, only.Kind, only.Count)
        );
    }

    [Theory]
    [InlineData(" a-1 [000] ..... 5: write_msr: 6e0, value")]
    [InlineData(" a-1 [000] ..... 5: write_msr: 6e0, value xyz")]
    [InlineData(" a-1 [000] ..... 5: cpu_idle: cpu_id=0")]
    [InlineData(" a-1 [000] ..... 5: local_timer_entry: vector=")]
    [InlineData(" a-1 [000] ..... 99999999999999999999: x: y")]
    [InlineData(" a-1 [000] ..... 18446744073709551615: x: y")]
    [InlineData(" a-1 [00")]
    [InlineData("garbage")]
    public void Trace_damaged_line_is_reported_and_the_rest_is_read(string line)
    {
        RecordedTrace trace = TraceText.Read(
            $" a-1 [000] ..... 4: x: y\n{line}\n a-1 [000] ..... 6: x: y"
        );

        Assert.Equal([4UL, 6UL], trace.Events.Select(next => next.At));
        Assert.Equal(
            new TraceDiagnostic(2, TraceDiagnosticKind.DamagedLine, 1, line),
            Assert.Single(trace.Diagnostics)
        );
    }

    [Fact]
    public void Trace_damaged_lines_in_a_row_are_one_diagnostic_with_their_count()
    {
        RecordedTrace trace = TraceText.Read("?\n?\n?\n a-1 [000] ..... 4: x: y\n?");

        Assert.Equal(
            [(1L, 3L), (5L, 1L)],
            trace.Diagnostics.Select(each => (each.Line, each.Count!.Value))
        );
    }

    [Fact]
    public void Trace_event_older_than_its_cpus_last_one_is_reported_and_sorted_in()
    {
        const string Text = """
             a-1 [000] ..... 20: write_msr: 6e0, value 64
             a-1 [000] ..... 10: write_msr: 6e0, value 32
             a-1 [001] ..... 5: x: y
            """;
        RecordedTrace trace = TraceText.Read(Text);

        Assert.Equal(
            [(2L, TraceDiagnosticKind.OutOfOrder)],
            trace.Diagnostics.Select(each => (each.Line, each.Kind))
        );
        CompiledTrace compiled = TraceCompiler.Compile(trace, TraceText.OneGigahertz);
        Assert.Equal([0x32UL, 0x64UL], compiled.Guest.Vcpus[0].Select(step => step.Value));
        Assert.Equal(5UL, compiled.Guest.Start.Value);
    }

    /// <summary>As two readings of one buffer, one behind the other; what only the second one has is sorted in.</summary>
    [Fact]
    public void Trace_event_that_stands_there_twice_is_said_and_taken_once()
    {
        const string Once = """
             a-1 [000] ..... 10: write_msr: 6e0, value 32
             a-1 [000] ..... 20: write_msr: 6e0, value 64
             a-1 [001] ..... 25: write_msr: 6e0, value 96
            """;
        RecordedTrace trace = TraceText.Read(
            $"{Once}\n a-1 [000] ..... 12: write_msr: 6e0, value 40\n{Once}"
        );

        Assert.Equal(4, trace.Events.Length);
        Assert.Equal((4, 3, 7), (trace.Counts.Events, trace.Counts.Repeated, trace.Counts.Sum));
        Assert.Equal(1, trace.Total(TraceDiagnosticKind.OutOfOrder));
        Assert.Equal(3, trace.Total(TraceDiagnosticKind.Repeated));
    }

    /// <summary>Microseconds are long: two interrupts may come in one.</summary>
    [Fact]
    public void Trace_event_that_comes_again_at_once_is_another_one()
    {
        const string Twice =
            " a-1 [000] ..... 10: write_msr: 6e0, value 32\n a-1 [000] ..... 10: write_msr: 6e0, value 32";
        Assert.Equal(2, TraceText.Read(Twice).Events.Length);
    }
}
