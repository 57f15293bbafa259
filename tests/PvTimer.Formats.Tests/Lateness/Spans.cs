using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Lateness;

internal static class Spans
{
    /// <summary>A distribution of these values, in nanoseconds.</summary>
    public static ExactDistribution Of(params long[] nanoseconds)
    {
        ExactDistribution distribution = new();
        foreach (long value in nanoseconds)
        {
            distribution.Add(VirtualDuration.FromNanoseconds(value));
        }
        return distribution;
    }
}
