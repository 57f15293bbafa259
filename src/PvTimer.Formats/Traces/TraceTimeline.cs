using System;
using System.Globalization;
using PvTimer.Formats.Traces.Clocks;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Maps the time stamps of a recording made inside of a guest to the guest's TSC. With a TSC clock they are
/// the same; a clock in seconds is tied to the TSC by the recording itself (see
/// <see cref="SecondsClock"/>), and a frequency named for it is compared with what it tells.
/// </summary>
internal sealed class TraceTimeline
{
    /// <summary>
    /// In ppm: hrtimer events tell nanoseconds of clock-monotonic, which a time server may slew by 500 ppm.
    /// </summary>
    private const double AcceptedOfMonotonic = 1_000;

    private readonly string _path;
    private readonly ClockLine _line;

    private TraceTimeline(
        string path,
        ClockLine line,
        TscFrequency frequency,
        TscSource source,
        LatenessReference reference
    )
    {
        _path = path;
        _line = line;
        Frequency = frequency;
        Source = source;
        Reference = reference;
    }

    public TscFrequency Frequency { get; }

    /// <summary>Where the frequency comes from.</summary>
    public TscSource Source { get; }

    /// <summary>What latenesses on this timeline count from.</summary>
    public LatenessReference Reference { get; }

    /// <inheritdoc cref="SecondsClock.Blur"/>
    public VirtualDuration Blur { get; private init; }

    /// <param name="trace">The trace.</param>
    /// <param name="given">The TSC's frequency; one in the file itself goes first.</param>
    /// <param name="assumed">What to take where neither names it and the recording does not tell.</param>
    /// <exception cref="TraceFormatException">
    /// The clock is none that can be used, no frequency is known, or the one that is named contradicts the
    /// recording.
    /// </exception>
    public static TraceTimeline Of(RecordedTrace trace, TscFrequency? given, TscFrequency? assumed)
    {
        StampCheck.RefuseCoarseClocks(trace);
        TscFrequency? named = trace.Frequency ?? given;
        TraceFrequencies.RefuseTooSlow(trace, named);
        if (trace.Clock != TraceClock.Seconds)
        {
            return OfTsc(trace, named, assumed);
        }
        SecondsClock clock = SecondsClock.Of(trace, named, assumed);
        return new TraceTimeline(
            trace.Path,
            clock.Line,
            clock.Frequency,
            clock.Source,
            clock.Reference
        )
        {
            Blur = clock.Blur,
        };
    }

    /// <exception cref="TraceFormatException">The stamp lies outside of the TSC's range.</exception>
    public TscTicks At(ulong stamp)
    {
        Int128 at = _line.At(stamp);
        return at >= 0 && at <= long.MaxValue
            ? new TscTicks((ulong)at)
            : throw new TraceFormatException(
                _path,
                0,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the time stamp {stamp} lies outside of the guest's TSC"
                ),
                "time stamps from the guest's start to 2^63 cycles of its TSC"
            );
    }

    private static TraceTimeline OfTsc(
        RecordedTrace trace,
        TscFrequency? named,
        TscFrequency? assumed
    )
    {
        ClockRate? monotonic = HrtimerClock.Of(trace)?.Line.Rate;
        if (named is { } frequency)
        {
            if (
                monotonic is { } rate
                && rate.Frequency() is { } found
                && Math.Abs(ClockRate.Of(frequency).PartsPerMillionAbove(rate)) is double off
                && off > AcceptedOfMonotonic
            )
            {
                throw TraceFrequencies.Contradiction(
                    trace,
                    frequency,
                    found,
                    off,
                    AcceptedOfMonotonic
                );
            }
            return Same(trace, frequency, TscSource.Named);
        }
        if (monotonic?.Frequency() is { } told)
        {
            return Same(trace, told, TscSource.Recording);
        }
        return assumed is { } guessed
            ? Same(trace, guessed, TscSource.Assumed)
            : throw new TraceFormatException(
                trace.Path,
                0,
                "the TSC's frequency is not known",
                "the TSC's frequency (`tsc` of the VM or host, or `--tsc`, such as 2499998khz), or a line \"# tsc_khz: 2499998\" in it"
            );
    }

    private static TraceTimeline Same(RecordedTrace trace, TscFrequency frequency, TscSource source)
    {
        StampCheck.RefuseFarDeadlines(trace, frequency);
        return new TraceTimeline(
            trace.Path,
            ClockLine.Same,
            frequency,
            source,
            LatenessReference.Deadline
        );
    }
}
