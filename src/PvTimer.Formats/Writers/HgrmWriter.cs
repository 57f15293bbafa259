using System;
using System.IO;
using HdrHistogram;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Writers;

/// <summary>
/// HdrHistogram's text of percentiles (.hgrm), as its plotter and wrk2's users read it. Values are
/// microseconds with three decimals; their resolution is 3 significant digits, as the format's users expect.
/// </summary>
public static class HgrmWriter
{
    private const int SignificantDigits = 3;
    private const int TicksPerHalfDistance = 5;
    private const double NanosecondsPerMicrosecond = 1_000;

    /// <summary>No rows, and in the comments below them no numbers: plotters read both as "nothing".</summary>
    private static readonly string[] Empty =
    [
        "       Value     Percentile TotalCount 1/(1-Percentile)",
        "",
        "#[Mean    =         none, StdDeviation   =         none]",
        "#[Max     =         none, Total count    =            0]",
    ];

    /// <param name="writer">Where to; lines end as the writer's do.</param>
    /// <param name="distribution">
    /// Spans; one below zero (an interrupt before its deadline) is recorded as 0, the format knows no less.
    /// </param>
    public static void Write(TextWriter writer, ExactDistribution distribution)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(distribution);
        if (distribution.Count == 0)
        {
            foreach (string line in Empty)
            {
                writer.WriteLine(line);
            }
            return;
        }
        long longest = Math.Max(2, distribution.Quantile(10_000).Nanoseconds);
        LongHistogram histogram = new(longest, SignificantDigits);
        foreach ((VirtualDuration span, long count) in distribution.Ascending())
        {
            histogram.RecordValueWithCount(Math.Max(0, span.Nanoseconds), count);
        }
        histogram.OutputPercentileDistribution(
            writer,
            TicksPerHalfDistance,
            NanosecondsPerMicrosecond
        );
    }
}
