using System.Linq;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Tests.Traces;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Lateness;

public class RecordedLatenessTests
{
    [Fact]
    public void Lateness_goes_from_deadline_to_entry_and_idle_from_halt_to_entry()
    {
        LatenessSample[] samples =
        [
            .. RecordedLateness.Of(
                TraceText
                    .Compile(
                        """
                         a-1 [000] ..... 100: local_timer_entry: vector=236
                         a-1 [000] ..... 1000: write_msr: 6e0, value 7d0
                         <idle>-0 [000] d..1. 1500: cpu_idle: state=1 cpu_id=0
                         <idle>-0 [000] d.h1. 2300: local_timer_entry: vector=236
                         <idle>-0 [000] d.h1. 2400: write_msr: 6e0, value bb8
                         <idle>-0 [000] d..1. 2500: cpu_idle: state=4294967295 cpu_id=0
                         a-1 [000] d.h1. 3050: local_timer_entry: vector=236
                        """
                    )
                    .Guest
            ),
        ];

        Assert.Equal(
            [
                new LatenessSample(
                    0,
                    new TscTicks(2_000),
                    TraceText.Nanoseconds(300),
                    TraceText.Nanoseconds(800)
                ),
                new LatenessSample(0, new TscTicks(3_000), TraceText.Nanoseconds(50), null),
            ],
            samples
        );
    }

    [Theory]
    [InlineData("nanosleep-100us", 50_000, 100_000, 1_100, 1_300)]
    [InlineData("cyclictest-1ms", 100_000, 200_000, 8_000, 10_500)]
    [InlineData("cyclictest-1ms", 700_000, 1_500_000, 13_000, 18_000)]
    [InlineData("idle", 1_500_000, long.MaxValue, 31_000, 37_000)]
    public void Lateness_grows_with_the_preceding_idle(
        string trace,
        long idleFrom,
        long idleTo,
        long least,
        long most
    )
    {
        long median = RecordedLateness
            .Distribution(
                RecordedLateness
                    .Of(RealTrace.Guest(trace))
                    .Where(sample =>
                        sample.Idle is { } idle
                        && idle.Nanoseconds >= idleFrom
                        && idle.Nanoseconds < idleTo
                    )
            )
            .Quantile(5_000)
            .Nanoseconds;

        Assert.InRange(median, least, most);
    }
}
