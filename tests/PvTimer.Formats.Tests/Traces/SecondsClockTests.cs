using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Traces;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>A clock in seconds is aligned to the TSC by the deadlines themselves.</summary>
public class SecondsClockTests
{
    [Fact]
    public void Seconds_clock_is_aligned_so_that_the_promptest_interrupt_is_not_late()
    {
        // TSC = 1 000 000 + nanoseconds (1 GHz). Deadlines 1 002 000 and 1 006 000; entered 300 and 700 late.
        ImmutableArray<LatenessSample> samples = RecordedLateness.Of(
            TraceText
                .Compile(
                    """
                     a-1 [000] ..... 0.000001000: write_msr: 6e0, value f4a10
                     a-1 [000] ..... 0.000002300: local_timer_entry: vector=236
                     a-1 [000] ..... 0.000005000: write_msr: 6e0, value f59b0
                     a-1 [000] ..... 0.000006700: local_timer_entry: vector=236
                    """
                )
                .Guest
        );

        Assert.Equal([0L, 400L], samples.Select(sample => sample.Lateness.Nanoseconds));
    }

    [Fact]
    public void Seconds_clock_without_a_certain_pair_is_refused()
    {
        TraceFormatException e = Assert.Throws<TraceFormatException>(() =>
            TraceText.Compile(" a-1 [000] ..... 0.000001: write_msr: 6e0, value f4a10")
        );

        Assert.Contains("its clock counts seconds", e.Message);
    }
}
