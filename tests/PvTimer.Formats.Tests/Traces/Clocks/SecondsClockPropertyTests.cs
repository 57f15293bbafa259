using System;
using System.Collections.Immutable;
using System.Linq;
using CsCheck;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Traces;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Traces.Clocks;

/// <summary>Guests whose latenesses are known, recorded under clocks in seconds.</summary>
public class SecondsClockPropertyTests
{
    private const double Nominal = 2.596098;

    [Theory]
    [InlineData(6)]
    [InlineData(9)]
    public void Seconds_clock_at_any_rate_gives_the_median_above_the_smallest(int digits) =>
        Gen.Select(
                Gen.Int[0, 1_000_000],
                Gen.Double[-200, 200],
                Gen.Int[400, 1_500],
                Gen.Double[1_000, 30_000]
            )
            .Sample(
                (seed, ppm, timers, spread) =>
                {
                    SyntheticGuest guest = new(seed, Nominal * (1 + (ppm / 1e6)), timers)
                    {
                        DigitsOfSeconds = digits,
                        Spread = spread,
                    };
                    (RecordedTrace trace, ImmutableArray<double> truth) = guest.Record();
                    CompiledTrace compiled = TraceCompiler.Compile(trace, null);

                    Assert.True(compiled.Guest.Reference.IsRelative);
                    Assert.Equal(TscSource.Recording, compiled.TscSource);
                    double expected = truth[truth.Length / 2] - truth[0];
                    double error = Median(compiled) - expected;
                    Assert.True(
                        Math.Abs(error) <= 1_000,
                        $"{error} ns off at {compiled.Guest.Frequency}"
                    );

                    double fitted = compiled.Guest.Frequency.Kilohertz / 1e6;
                    double rateError = Math.Abs((fitted / guest.CyclesPerNanosecond) - 1);
                    // A frequency is in whole kHz.
                    double blur = (rateError - (0.5e-6 / fitted)) * timers * 1_000_000 / 2;
                    Assert.InRange(compiled.Blur.Nanoseconds, blur, 100_000);
                },
                iter: 40
            );

    /// <summary>
    /// A stray that comes just before a deadline looks like the promptest interrupt: by the width of the edge, and by
    /// what that tilts the line.
    /// </summary>
    [Fact]
    public void Seconds_clock_with_interrupts_of_unrecorded_writes_is_off_by_no_more_than_its_edge() =>
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Double[-200, 200], Gen.Int[1, 20])
            .Sample(
                (seed, ppm, strays) =>
                {
                    SyntheticGuest guest = new(seed, Nominal * (1 + (ppm / 1e6)), 1_000)
                    {
                        Strays = strays,
                    };
                    (RecordedTrace trace, ImmutableArray<double> truth) = guest.Record();
                    double expected = truth[truth.Length / 2] - truth[0];
                    long median = Median(TraceCompiler.Compile(trace, null));

                    Assert.InRange(median - expected, -1_000, 7_000);
                },
                iter: 30
            );

    [Theory]
    [InlineData(40, 100_000, true)]
    [InlineData(2_000, 10_000, false)]
    public void Seconds_clock_whose_rate_is_not_certain_is_said(
        int timers,
        double spread,
        bool isSaid
    )
    {
        SyntheticGuest guest = new(11, Nominal, timers)
        {
            Spread = spread,
            EndsBeforeItBegan = true,
        };
        CompiledTrace compiled = TraceCompiler.Compile(guest.Record().Trace, null);

        Assert.Equal(isSaid, compiled.Notes().Any(note => note.Contains("rate of its clock")));
    }

    [Fact]
    public void Seconds_clock_with_hrtimer_events_gives_the_lateness_itself()
    {
        SyntheticGuest guest = new(7, Nominal, 500)
        {
            DigitsOfSeconds = 9,
            MonotonicAtZero = 61_700_000,
            SaysNow = true,
        };
        (RecordedTrace trace, ImmutableArray<double> truth) = guest.Record();
        CompiledTrace compiled = TraceCompiler.Compile(trace, null);

        Assert.False(compiled.Guest.Reference.IsRelative);
        Assert.InRange(Median(compiled) - truth[truth.Length / 2], -1_000, 1_000);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(9)]
    public void Seconds_clock_that_is_the_hrtimers_own_gives_the_lateness_itself(int digits)
    {
        SyntheticGuest guest = new(8, Nominal, 500)
        {
            DigitsOfSeconds = digits,
            MonotonicAtZero = 0,
        };
        (RecordedTrace trace, ImmutableArray<double> truth) = guest.Record();
        CompiledTrace compiled = TraceCompiler.Compile(trace, null);

        Assert.False(compiled.Guest.Reference.IsRelative);
        Assert.InRange(Median(compiled) - truth[truth.Length / 2], -1_000, 1_000);
    }

    [Fact]
    public void Seconds_clock_apart_from_the_hrtimers_without_their_now_stays_relative()
    {
        SyntheticGuest guest = new(9, Nominal, 500) { MonotonicAtZero = 61_700_000 };

        Assert.True(TraceCompiler.Compile(guest.Record().Trace, null).Guest.Reference.IsRelative);
    }

    private static long Median(CompiledTrace compiled)
    {
        ExactDistribution lateness = RecordedLateness.Distribution(
            RecordedLateness.Of(compiled.Guest)
        );
        Assert.True(lateness.Quantile(0) > VirtualDuration.FromMicroseconds(-1));
        return lateness.Quantile(5_000).Nanoseconds;
    }
}
