using System;
using System.Collections.Generic;
using System.Linq;
using MathNet.Numerics.Distributions;

namespace PvTimer.Experiments.Statistics;

/// <summary>
/// Where the mean of repetitions lies, by Student's t: mean ± t(1 - (1 - level) / 2, n - 1) · s / √n. It supposes
/// that repetitions are independent and their means about normal; for differences of pairs give the differences.
/// </summary>
/// <param name="Count">Samples, n.</param>
/// <param name="Mean">Of the samples.</param>
/// <param name="Median">Of the samples; of an even number the mean of the middle two.</param>
/// <param name="StandardDeviation">Of the samples, with n - 1; null of a single one.</param>
/// <param name="Level">How often such an interval has the true mean in it, between 0 and 1, such as 0.95.</param>
/// <param name="HalfWidth">What the true mean is away from <paramref name="Mean"/> at most; null of a single sample.</param>
/// <remarks>Numbers have the unit of the samples. Source: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.2.</remarks>
public sealed record ConfidenceInterval(
    int Count,
    double Mean,
    double Median,
    double? StandardDeviation,
    double Level,
    double? HalfWidth
)
{
    /// <summary>The level that is used where none is asked for.</summary>
    public const double UsualLevel = 0.95;

    /// <summary>The lower end; null of a single sample.</summary>
    public double? Low => Mean - HalfWidth;

    /// <summary>The upper end; null of a single sample.</summary>
    public double? High => Mean + HalfWidth;

    /// <param name="samples">At least one; their order does not matter.</param>
    /// <param name="level">Between 0 and 1, both excluded.</param>
    /// <exception cref="ArgumentException">There are no samples, or one is no finite number.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The level is none.</exception>
    public static ConfidenceInterval Of(IEnumerable<double> samples, double level = UsualLevel)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (level is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(level),
                level,
                "a level of confidence lies between 0 and 1"
            );
        }
        // Added up in ascending order, so that the order in which repetitions ended is not seen in the last digit.
        double[] ascending = [.. samples.Order()];
        if (ascending is [] || !ascending.All(double.IsFinite))
        {
            throw new ArgumentException(
                "a confidence interval needs at least one sample, and finite ones",
                nameof(samples)
            );
        }
        int count = ascending.Length;
        double mean = ascending.Sum() / count;
        double median = (ascending[(count - 1) / 2] + ascending[count / 2]) / 2;
        if (count == 1)
        {
            return new ConfidenceInterval(1, mean, median, null, level, null);
        }
        double squares = ascending.Sum(sample => (sample - mean) * (sample - mean));
        double deviation = Math.Sqrt(squares / (count - 1));
        double quantile = StudentT.InvCDF(0, 1, count - 1, 1 - ((1 - level) / 2));
        return new ConfidenceInterval(
            count,
            mean,
            median,
            deviation,
            level,
            quantile * deviation / Math.Sqrt(count)
        );
    }
}
