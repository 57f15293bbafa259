using System;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Experiments;

/// <summary>Numbers that may not exist: no value is null, never zero.</summary>
public static class Figures
{
    /// <summary>See <see cref="ExactDistribution.Quantile"/>; null if the distribution is empty.</summary>
    public static VirtualDuration? Quantile(ExactDistribution distribution, int permyriad)
    {
        ArgumentNullException.ThrowIfNull(distribution);
        return distribution.Count == 0 ? null : distribution.Quantile(permyriad);
    }

    /// <summary>To six decimals; null if the whole is zero.</summary>
    public static double? Ratio(long part, long whole) =>
        whole == 0 ? null : Math.Round((double)part / whole, 6);
}
