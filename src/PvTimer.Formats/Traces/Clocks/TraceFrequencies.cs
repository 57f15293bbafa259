using System.Globalization;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces.Clocks;

/// <summary>Refusals of frequencies, in one form.</summary>
internal static class TraceFrequencies
{
    /// <summary>No x86 processor's TSC counts more slowly, and under one that did a recording would last for hours.</summary>
    private const long LeastKilohertz = 10_000;

    /// <exception cref="TraceFormatException">It is a slip: no processor's TSC is so slow.</exception>
    public static void RefuseTooSlow(RecordedTrace trace, TscFrequency? named)
    {
        if (named is { Kilohertz: < LeastKilohertz } slow)
        {
            throw new TraceFormatException(
                trace.Path,
                0,
                $"a TSC of {slow} is slower than any processor's",
                $"{LeastKilohertz}khz or more, as `dmesg | grep tsc` says in the guest"
            )
            {
                BlamesFrequency = trace.Frequency is null,
            };
        }
    }

    /// <summary>A frequency named for a recording that runs at another.</summary>
    /// <param name="trace">The recording.</param>
    /// <param name="named">What is named, by the file or with it.</param>
    /// <param name="found">What the recording runs at.</param>
    /// <param name="off">How far they are apart, in ppm.</param>
    /// <param name="accepted">How far they may be apart, in ppm.</param>
    public static TraceFormatException Contradiction(
        RecordedTrace trace,
        TscFrequency named,
        TscFrequency found,
        double off,
        double accepted
    ) =>
        new(
            trace.Path,
            0,
            string.Create(
                CultureInfo.InvariantCulture,
                $"a TSC of {named} contradicts the recording by {off:0} ppm: it runs at {found}, give or take {accepted:0.#} ppm"
            ),
            $"a TSC of {found}, or none: the recording tells it"
        )
        {
            BlamesFrequency = trace.Frequency is null,
        };
}
