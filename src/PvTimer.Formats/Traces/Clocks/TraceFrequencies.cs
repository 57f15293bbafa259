using System.Globalization;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces.Clocks;

/// <summary>Refusals of frequencies, in one form.</summary>
internal static class TraceFrequencies
{
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
