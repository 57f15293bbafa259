using System;
using System.Collections.Generic;
using System.Globalization;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces.Clocks;

/// <summary>
/// Ties a guest recording's clock in seconds to the guest's TSC, by what is in the recording: the rate and the offset
/// by its interrupts (see <see cref="ClockFit"/>), and the offset for certain where hrtimer events were
/// recorded too (see <see cref="HrtimerClock"/>).
/// </summary>
/// <param name="Line">Stamps, in nanoseconds, to the TSC.</param>
/// <param name="Frequency">Of the TSC.</param>
/// <param name="Source">Who says the frequency.</param>
/// <param name="Reference">What latenesses count from.</param>
internal sealed record SecondsClock(
    ClockLine Line,
    TscFrequency Frequency,
    TscSource Source,
    LatenessReference Reference
)
{
    /// <summary>
    /// By how much latenesses at the recording's two ends may be off because its rate was fitted; zero if
    /// the rate is named, or the hrtimers tell it.
    /// </summary>
    public VirtualDuration Blur { get; private init; }

    private const double UnitsPerMicrosecond = 1_000;

    /// <summary>In ppm: a rate less certain than this is that of the frequency named, if there is one.</summary>
    private const double CertainRate = 20;

    /// <summary>In ppm: a rate less certain than this is not used.</summary>
    private const double UselessRate = 2_000;

    /// <summary>An offset is known if its bounds are no farther apart than this.</summary>
    private const int KnownMicroseconds = 3;

    /// <summary>No guest's promptest interrupt is later: what looks like it is another clock.</summary>
    private const int LatestPromptestMicroseconds = 100;

    /// <param name="trace">The recording.</param>
    /// <param name="named">The frequency that is named for it; null if none is.</param>
    /// <param name="assumed">What to take where the recording does not tell.</param>
    /// <exception cref="TraceFormatException">It cannot be tied, or contradicts the frequency named.</exception>
    public static SecondsClock Of(RecordedTrace trace, TscFrequency? named, TscFrequency? assumed)
    {
        List<ClockBound> reached = GuestClockBounds.Reached(trace, null);
        ClockFit? fit = ClockFit.Of(reached, UnitsPerMicrosecond);
        if (fit is not null)
        {
            List<ClockBound> certain = GuestClockBounds.Reached(trace, fit.Line);
            if (ClockFit.Of(certain, UnitsPerMicrosecond) is { } better)
            {
                (reached, fit) = (certain, better);
            }
            RefuseContradiction(trace, fit, named);
        }
        if (fit is { RateError: <= CertainRate } && fit.Line.Rate.Frequency() is { } found)
        {
            TscSource source = named is null ? TscSource.Recording : TscSource.Named;
            return Tied(trace, fit.Line, named ?? found, source).BlurredBy(trace, fit.RateError);
        }
        // In whole kHz in any case: a scenario that names the frequency found here gets the same line.
        TscFrequency? rough = fit?.RateError < UselessRate ? fit.Line.Rate.Frequency() : null;
        if (
            (named ?? rough ?? assumed) is not { } frequency
            || ClockFit.Of(reached, UnitsPerMicrosecond, ClockRate.Of(frequency)) is not { } shifted
        )
        {
            throw NotTied(trace, reached.Count);
        }
        TscSource told =
            named is not null ? TscSource.Named
            : rough is not null ? TscSource.Recording
            : TscSource.Assumed;
        return Tied(trace, shifted.Line, frequency, told).BlurredBy(trace, fit?.RateError ?? 0);
    }

    private SecondsClock BlurredBy(RecordedTrace trace, double rateError)
    {
        if (!Reference.IsRelative || Source != TscSource.Recording)
        {
            return this;
        }
        // Events are in the order of the file: a stamp may lie before the first one's.
        (ulong first, ulong last) = (ulong.MaxValue, 0);
        foreach (TraceEvent next in trace.Events)
        {
            first = Math.Min(first, next.At);
            last = Math.Max(last, next.At);
        }
        double half = (last - first) / 2.0;
        return this with { Blur = VirtualDuration.FromNanoseconds((long)(half * rateError / 1e6)) };
    }

    private static SecondsClock Tied(
        RecordedTrace trace,
        ClockLine line,
        TscFrequency frequency,
        TscSource source
    )
    {
        Int128? most = GuestClockBounds.Room(trace, line);
        if (HrtimerClock.Of(trace) is { } monotonic)
        {
            if (IsSame(trace, line, monotonic.Line))
            {
                return new(monotonic.Line, frequency, source, LatenessReference.Deadline);
            }
            (Int128? least, Int128? latest) = monotonic.Room(trace, line);
            Int128 microsecond = line.Rate.Cycles((Int128)UnitsPerMicrosecond);
            if (
                least is { } low
                && latest is { } high
                && high >= -microsecond
                && Int128.Abs(high - low) <= microsecond * KnownMicroseconds
            )
            {
                Int128 shift = Int128.Max(0, (low + high) / 2);
                return new(
                    line with
                    {
                        Offset = line.Offset + shift,
                    },
                    frequency,
                    source,
                    LatenessReference.Deadline
                );
            }
            most = latest is { } bound ? Int128.Min(bound, most ?? bound) : most;
        }
        VirtualDuration? atMost =
            most is { } room && room >= 0 && room <= long.MaxValue
                ? frequency.SpanOf((long)room)
                : null;
        return new(line, frequency, source, LatenessReference.Smallest(atMost));
    }

    /// <summary>
    /// Whether the recording's clock is clock-monotonic itself (`mono`): then its stamps and the timers' expiries
    /// lie on one line, but for the lateness of the promptest interrupt.
    /// </summary>
    private static bool IsSame(RecordedTrace trace, ClockLine line, ClockLine monotonic)
    {
        Int128 microsecond = line.Rate.Cycles((Int128)UnitsPerMicrosecond);
        foreach (ulong stamp in (ulong[])[trace.Events[0].At, trace.Events[^1].At])
        {
            Int128 above = monotonic.At(stamp) - line.At(stamp);
            if (above < -microsecond || above > microsecond * LatestPromptestMicroseconds)
            {
                return false;
            }
        }
        return true;
    }

    private static void RefuseContradiction(
        RecordedTrace trace,
        ClockFit fit,
        TscFrequency? frequency
    )
    {
        if (frequency is not { } named || fit.Line.Rate.Frequency() is not { } fitted)
        {
            return;
        }
        // A frequency is given in whole kHz.
        double accepted = Math.Max(Math.Max(2, fit.RateError), 1e6 / named.Kilohertz);
        double off = Math.Abs(ClockRate.Of(named).PartsPerMillionAbove(fit.Line.Rate));
        if (off > accepted)
        {
            throw TraceFrequencies.Contradiction(trace, named, fitted, off, accepted);
        }
    }

    private static TraceFormatException NotTied(RecordedTrace trace, int interrupts) =>
        new(
            trace.Path,
            0,
            string.Create(
                CultureInfo.InvariantCulture,
                $"its clock counts seconds, and {interrupts} timer interrupts with a deadline do not tie it to the TSC"
            ),
            interrupts == 0
                ? "trace_clock x86-tsc, or local_timer_entry and write_msr events of the same CPU"
                : "a longer recording, trace_clock x86-tsc, or the TSC's frequency (`tsc` of the VM or host, or `--tsc`, such as 2499998khz)"
        );
}
