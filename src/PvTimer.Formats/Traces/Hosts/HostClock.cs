using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Formats.Traces.Clocks;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>By what a host's time stamps are tied to the guest's TSC.</summary>
public enum HostClockSource
{
    /// <summary>kvm_write_tsc_offset: exact.</summary>
    TscOffsetEvent,

    /// <summary>The offset that the user named: exact.</summary>
    Given,

    /// <summary>KVM's own timers, hrtimer_start and hrtimer_expire_entry of apic_timer_fn: to a microsecond.</summary>
    Hrtimers,

    /// <summary>The promptest injection: latenesses are relative to the smallest.</summary>
    PromptestInjection,
}

/// <summary>A host's stamps as the guest's TSC.</summary>
/// <param name="Source">By what they are tied.</param>
/// <param name="Line">The guest's TSC by stamp; null: a clock in seconds that is still to be fitted.</param>
/// <param name="Frequency">The guest's TSC, where the recording tells it; null: it does not.</param>
/// <param name="Remark">What contradicts another; null: nothing does.</param>
internal sealed record HostClock(
    HostClockSource Source,
    ClockLine? Line,
    TscFrequency? Frequency,
    string? Remark
)
{
    private const int NanosecondsPerMicrosecond = 1_000;

    /// <summary>A rate that is off by less is the same rate: NTP steers a host's clock by as much.</summary>
    private const double SameRate = 500;

    /// <summary>Deadlines lie so far ahead at most, and behind when they are written late.</summary>
    private const int SecondsAhead = 600;

    private const int SecondsBehind = 60;

    /// <summary>What latenesses count from.</summary>
    public LatenessReference Reference =>
        Source == HostClockSource.PromptestInjection
            ? LatenessReference.Smallest(null)
            : LatenessReference.Deadline;

    /// <param name="trace">The recording.</param>
    /// <param name="ties">What it tells of the two clocks.</param>
    /// <param name="offset">The user's; null: none.</param>
    /// <param name="given">The guest's TSC; null: not named.</param>
    /// <exception cref="TraceFormatException">
    /// Nothing ties the clocks, the user's offset contradicts the recording, or the guest's TSC was set meanwhile.
    /// </exception>
    public static HostClock Of(
        RecordedTrace trace,
        HostTies ties,
        long? offset,
        TscFrequency? given
    )
    {
        TscFrequency? told = ties.Frequency();
        RefuseContradiction(trace, told, given);
        TscFrequency? frequency = given ?? told;
        return trace.Clock == TraceClock.Seconds
            ? OfSeconds(trace, ties, offset, frequency)
            : OfTsc(trace, ties, offset, frequency);
    }

    private static HostClock OfSeconds(
        RecordedTrace trace,
        HostTies ties,
        long? offset,
        TscFrequency? frequency
    )
    {
        if (offset is not null)
        {
            throw new TraceFormatException(
                trace.Path,
                0,
                "`tsc-offset` is the guest's TSC less the host's, and this recording's clock is not the host's TSC",
                "no `tsc-offset`, or a recording under trace_clock x86-tsc"
            );
        }
        if (frequency is { } known)
        {
            ClockRate rate = ClockRate.Of(known);
            List<ClockBound> expiries = ties.Expiries(rate);
            ClockFit? fit =
                ClockFit.Of(expiries, NanosecondsPerMicrosecond)
                ?? ClockFit.Of(expiries, NanosecondsPerMicrosecond, rate);
            if (fit is not null)
            {
                return new HostClock(HostClockSource.Hrtimers, fit.Line, frequency, null);
            }
        }
        return new HostClock(HostClockSource.PromptestInjection, null, frequency, null);
    }

    private static HostClock OfTsc(
        RecordedTrace trace,
        HostTies ties,
        long? offset,
        TscFrequency? frequency
    )
    {
        // Without a frequency spans count cycles; what follows needs it only to tell near from far.
        TscFrequency rough = frequency ?? TscFrequency.FromMegahertz(1_000);
        double microsecond = (double)rough.Kilohertz / 1_000;
        ClockFit? measured = Measure(ties, rough, microsecond, out HostClockSource source);
        string? remark = null;
        if (ties.TscOffset is { } recorded)
        {
            if (IsNear(ties, recorded, rough))
            {
                RefuseMoved(trace, ties);
                return new HostClock(
                    HostClockSource.TscOffsetEvent,
                    Shifted(recorded),
                    frequency,
                    null
                );
            }
            remark = string.Create(
                CultureInfo.InvariantCulture,
                $"kvm_write_tsc_offset says {recorded} cycles, but the deadlines lie {SecondsOff(ties, recorded, rough):0} s away from that: not used"
            );
        }
        if (offset is { } named)
        {
            RefuseFar(trace, ties, named, rough, measured);
            return new HostClock(HostClockSource.Given, Shifted(named), frequency, remark);
        }
        return measured is { } fit
            ? new HostClock(source, fit.Line, frequency, remark)
            : throw new TraceFormatException(
                trace.Path,
                0,
                "nothing in it ties the host's clock to the guest's TSC",
                "kvm:kvm_write_tsc_offset, recorded from before the guest starts; or `tsc-offset`; or timer interrupts that follow exactly one write each"
            );
    }

    /// <summary>By KVM's timers, else by the promptest injection; the TSC's rate is the host's unless it is scaled.</summary>
    private static ClockFit? Measure(
        HostTies ties,
        TscFrequency rough,
        double microsecond,
        out HostClockSource source
    )
    {
        source = HostClockSource.Hrtimers;
        IReadOnlyList<ClockBound> bounds = ties.Expiries(ClockRate.Of(rough));
        if (bounds.Count == 0)
        {
            source = HostClockSource.PromptestInjection;
            bounds = ties.Injections;
        }
        if (
            ClockFit.Of(bounds, microsecond) is { } free
            && Math.Abs(free.Line.Rate.PartsPerMillionAbove(ClockRate.One))
                > Math.Max(SameRate, 3 * free.RateError)
        )
        {
            return free;
        }
        return ClockFit.Of(bounds, microsecond, ClockRate.One);
    }

    private static ClockLine Shifted(long offset) => new(ClockRate.One, offset);

    private static bool IsNear(HostTies ties, long offset, TscFrequency rough)
    {
        Int128 second = rough.CyclesIn(VirtualDuration.FromSeconds(1));
        int near = ties.Writes.Count(write =>
            Distance(write, offset) is { } distance
            && distance > -second * SecondsBehind
            && distance < second * SecondsAhead
        );
        return 2 * near >= ties.Writes.Count;
    }

    private static double SecondsOff(HostTies ties, long offset, TscFrequency rough)
    {
        Int128[] distances = [.. ties.Writes.Select(write => Distance(write, offset)).Order()];
        return (double)Int128.Abs(distances[distances.Length / 2])
            / rough.CyclesIn(VirtualDuration.FromSeconds(1));
    }

    /// <summary>From the write to its deadline, in cycles.</summary>
    private static Int128 Distance(ClockBound write, long offset) =>
        (Int128)write.Tsc - write.Stamp - offset;

    private static void RefuseFar(
        RecordedTrace trace,
        HostTies ties,
        long named,
        TscFrequency rough,
        ClockFit? measured
    )
    {
        if (IsNear(ties, named, rough))
        {
            return;
        }
        throw new TraceFormatException(
            trace.Path,
            0,
            string.Create(
                CultureInfo.InvariantCulture,
                $"a TSC offset of {named} cycles contradicts the recording: its deadlines lie {SecondsOff(ties, named, rough):0} s away from their writes"
            ),
            measured is { } fit
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"`tsc-offset` near {fit.Line.Offset} cycles, or none"
                )
                : "`tsc-offset`: the guest's TSC less the host's"
        );
    }

    private static void RefuseMoved(RecordedTrace trace, HostTies ties)
    {
        if (ties.MovedAtLine is { } line)
        {
            throw new TraceFormatException(
                trace.Path,
                line,
                "the guest's TSC was set while it ran: deadlines before and after count from different zeros",
                "a recording that begins after that, or ends before it"
            );
        }
    }

    private static void RefuseContradiction(
        RecordedTrace trace,
        TscFrequency? told,
        TscFrequency? given
    )
    {
        if (
            told is { } fitted
            && given is { } named
            && Math.Abs(ClockRate.Of(named).PartsPerMillionAbove(ClockRate.Of(fitted))) > SameRate
        )
        {
            throw new TraceFormatException(
                trace.Path,
                0,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"a TSC of {named.Kilohertz}khz contradicts the recording: KVM's timers follow the deadlines at {fitted.Kilohertz}khz"
                ),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"`tsc` {fitted.Kilohertz}khz, or none: the recording tells it"
                )
            );
        }
    }
}
