using System;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments.Statistics;

namespace PvTimer.Experiments.Comparisons;

/// <summary>A comparison's figures for people: what tables and pages have in their cells.</summary>
public static class FigureWords
{
    /// <summary>"lateness p99.9" rather than "lateness_p99_9".</summary>
    public static string NameOf(PairedFigure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        // Reasons of exits are what perf calls them.
        return figure.Metric.Any(char.IsAsciiLetterUpper)
            ? figure.Metric
            : figure.Metric.Replace("p99_9", "p99.9", StringComparison.Ordinal).Replace('_', ' ');
    }

    /// <summary>"4 064/s", "20.9 us"; "none" without a value.</summary>
    public static string Value(double? value, FigureUnit unit) =>
        (value, unit) switch
        {
            (null, _) => Quantities.None,
            ({ } span, FigureUnit.Span) => Quantities.Span(span),
            ({ } span, FigureUnit.SpanPerSecond) => Quantities.Span(span) + "/s",
            ({ } count, FigureUnit.PerSecond) => Quantities.Count(count) + "/s",
            ({ } ratio, _) => Quantities.Ratio(ratio),
        };

    /// <summary>The same, with its sign.</summary>
    public static string WithSign(double? value, FigureUnit unit) =>
        value is > 0 ? "+" + Value(value, unit) : Value(value, unit);

    /// <summary>"-47.6 %"; empty where a share of the first says nothing.</summary>
    public static string Change(PairedFigure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        return figure.Change is { } change and not 0
            ? string.Create(CultureInfo.InvariantCulture, $"{100 * change:+0.0;-0.0} %")
            : "";
    }

    /// <summary>"-3 764/s .. -3 609/s"; empty if all repetitions are equal.</summary>
    public static string Interval(PairedFigure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        if (figure.Verdict is PairedVerdict.Equal or PairedVerdict.Absent)
        {
            return "";
        }
        ConfidenceInterval difference = figure.Difference!;
        return difference.HalfWidth is null
            ? "one repetition"
            : $"{WithSign(difference.Low, figure.Unit)} .. {WithSign(difference.High, figure.Unit)}";
    }

    /// <summary>"-39.8"; empty if the differences do not vary.</summary>
    public static string Effect(PairedFigure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        return figure.EffectSize is { } effect
            ? effect.ToString("+0.0;-0.0", CultureInfo.InvariantCulture)
            : "";
    }

    /// <summary>"B is lower", "inconclusive".</summary>
    public static string Verdict(PairedVerdict verdict) =>
        verdict switch
        {
            PairedVerdict.Lower => "B is lower",
            PairedVerdict.Higher => "B is higher",
            _ => ComparisonDocument.NameOf(verdict),
        };
}
