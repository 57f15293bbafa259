using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments.Sweeps;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Reports;

/// <summary>A swept key as an axis of a chart: its values as numbers, if they are.</summary>
/// <param name="Axis">How it is drawn.</param>
/// <param name="Numbers">One for each value, ascending.</param>
internal sealed record AxisScale(ChartAxis Axis, ImmutableArray<double> Numbers)
{
    /// <summary>Beyond this ratio of the largest to the smallest, distances are ratios.</summary>
    private const double Wide = 16;

    /// <summary>Null: they are words, or do not ascend.</summary>
    public static AxisScale? Of(SweepAxis axis)
    {
        ImmutableArray<(double Number, ChartUnit Unit)?> read =
        [
            .. axis.Values.Select(values => Read(values[0])),
        ];
        if (
            read.Length < 2
            || read.Any(each => each is null)
            || read.Select(each => each!.Value.Unit).Distinct().Count() > 1
        )
        {
            return null;
        }
        ImmutableArray<double> numbers = [.. read.Select(each => each!.Value.Number)];
        if (numbers.Zip(numbers.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            return null;
        }
        bool isLogarithmic = numbers[0] > 0 && numbers[^1] / numbers[0] >= Wide;
        return new AxisScale(new ChartAxis(axis.Name, read[0]!.Value.Unit, isLogarithmic), numbers);
    }

    private static (double, ChartUnit)? Read(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? (number, ChartUnit.Count)
        : Units.TryParseSpan(text, out VirtualDuration span) ? (span.Nanoseconds, ChartUnit.Span)
        : Units.TryParseCycles(text, out long cycles) ? (cycles, ChartUnit.Count)
        : null;
}
